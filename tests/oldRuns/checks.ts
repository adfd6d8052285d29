/** What the present build must be able to do with a run that an earlier one made. A check throws what is wrong. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describeEnd, type Running, runBuild } from '../buildProgram.js';

export interface Old {
  /** Programs of the two builds. */
  readonly before: string;
  readonly now: string;
  /** The name of the run in `running.cwd`. */
  readonly run: string;
  readonly running: Running;
}

/** Of the run: checkpoints 0, 3 and 6, and samples of steps 0 and 6. */
export const oldRun = [
  '--workers=2',
  '--steps=6',
  '--set=data.source=mnist-10k',
  '--set=training.batchSize=32',
  '--set=parallel.slices=8',
  '--set=output.checkpointEvery=3',
  '--set=output.keep=0',
];

export const checks: Readonly<Record<string, (old: Old) => Promise<void>>> = {
  inspect: async old => {
    const args = ['inspect', old.run, '--verify', '--json'];
    const [before, now] = [JSON.parse(await runWell(old.before, old, args)), JSON.parse(await runNow(old, ...args))];
    assert.deepEqual([now.progress.steps, now.checkpoints, now.problems], [6, [0, 3, 6], []]);
    // A later build may tell more.
    for (const [key, value] of Object.entries(before))
      assert.deepEqual(now[key], value, `it says something else of ${key}`);
  },
  'replay from 0 to 3': async old => {
    const said = await runNow(old, 'replay', old.run, '--from=0', '--to=3', '--workers=1');
    assert.match(said, /^(bit-equal|equal within)/, `it answers ${said}`);
  },
  'resume, and diff with what was there': async old => {
    const cwd = old.running.cwd;
    cpSync(path.join(cwd, old.run), path.join(cwd, 'continued.zarr'), { recursive: true });
    try {
      await runNow(old, 'resume', 'continued.zarr', '--steps=9', '--workers=1');
      for (const step of [0, 3, 6])
        assert.match(await runNow(old, 'diff', `${old.run}@${step}`, `continued.zarr@${step}`), /^identical/);
      assert.match(await runNow(old, 'inspect', 'continued.zarr', '--verify'), /^ok: 4 checkpoints, 9 steps/);
    } finally {
      for (const end of ['', '.png']) rmSync(path.join(cwd, `continued.zarr${end}`), { recursive: true, force: true });
    }
  },
  'export to npz': old => compareExports(old, 'npz'),
  'export to safetensors': old => compareExports(old, 'safetensors'),
  'export to keras': old => compareExports(old, 'keras'),
  'export to tfjs': old => compareExports(old, 'tfjs'),
  generate: async old => {
    await runNow(old, 'generate', old.run, '--count=16', '--out=digits.png');
    assertStarts(path.join(old.running.cwd, 'digits.png'), '\x89PNG');
  },
  film: async old => {
    await runNow(old, 'film', old.run, '--out=film.gif');
    assertStarts(path.join(old.running.cwd, 'film.gif'), 'GIF89a');
  },
  view,
};

/** @returns its stdout @throws Error when it does not end well */
async function runNow(old: Old, ...args: string[]): Promise<string> {
  return runWell(old.now, old, args);
}

async function runWell(program: string, { running }: Old, args: string[]): Promise<string> {
  const ended = await runBuild(program, args, running);
  if (ended.status === 0) return ended.stdout;
  throw new Error(`${args[0]} failed with ${describeEnd(ended)}; ${ended.stdout.trim()}`);
}

/**
 * Both builds' exports of the same checkpoint of the same run, byte by byte; of Keras's format what they are imported
 * as, since its files have had empty groups since then that Keras 3.0 to 3.5 look for.
 */
async function compareExports(old: Old, format: string): Promise<void> {
  const outs = ['before', 'now'].map(time =>
    path.join(old.running.cwd, time, `old-3.${format}`.replace(/.(keras|tfjs)$/, '-$1')),
  );
  for (const [place, program] of [old.before, old.now].entries()) {
    await runWell(program, old, ['export', old.run, `--format=${format}`, '--step=3', `--out=${outs[place]}`]);
  }
  if (format === 'keras') {
    const runs = outs.map(out => `${out}.zarr`);
    for (const [place, out] of outs.entries())
      await runNow(old, 'import', out, `--run=${runs[place]}`, '--set=data.source=mnist-10k');
    assert.match(await runNow(old, 'diff', ...runs), /^identical/);
    return;
  }
  const [before, now] = outs.map(readFiles) as [Map<string, Buffer>, Map<string, Buffer>];
  assert.ok(before.size > 0, 'there are no files');
  assert.deepEqual([...now.keys()], [...before.keys()], 'the files have other names');
  for (const [name, bytes] of before) assert.ok(bytes.equals(now.get(name)!), `${name || 'the file'} has other bytes`);
  for (const out of outs) rmSync(out, { recursive: true });
}

function readFiles(place: string): Map<string, Buffer> {
  if (statSync(place).isFile()) return new Map([['', readFileSync(place)]]);
  const names = readdirSync(place, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter(name => statSync(path.join(place, name)).isFile());
  return new Map(files.map(name => [name, readFileSync(path.join(place, name))]));
}

function assertStarts(file: string, signature: string): void {
  assert.ok(existsSync(file), `${path.basename(file)} is not there`);
  const start = readFileSync(file).subarray(0, signature.length).toString('latin1');
  assert.equal(start, signature, `${path.basename(file)} does not begin as it should`);
}

/** The files of the page, over HTTP; tests/browser look at the page itself. */
async function view({ now, run, running }: Old): Promise<void> {
  const args = [now, 'view', run, '--port=0', '--no-open'];
  const server = spawn(process.execPath, args, { cwd: running.cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(server, 'exit');
  const stop = () => server.kill('SIGKILL');
  running.signal.addEventListener('abort', stop);
  try {
    const said = createInterface(server.stdout);
    const url = await Promise.race([once(said, 'line').then(([line]) => String(line)), ended.then(() => undefined)]);
    assert.ok(url !== undefined, 'the server ended before it said where it is');
    const get = async (place: string) => {
      const response = await fetch(new URL(place, url), { signal: running.signal });
      assert.equal(response.status, 200, `GET ${place} answers ${response.status}`);
      return Buffer.from(await response.arrayBuffer());
    };
    assert.match(String(await get('index.html')), /<html/, 'index.html is no page');
    const [found] = JSON.parse(String(await get('runs.json'))) as { path: string }[];
    for (const file of ['.zmetadata', 'metrics/d_loss/0', 'samples/fixed/0.0.0.0']) {
      const served = await get(`${found!.path}${file}`);
      assert.ok(served.equals(readFileSync(path.join(running.cwd, run, file))), `${file} is not that of the disk`);
    }
    server.kill('SIGINT');
    assert.deepEqual(await ended, [130, null], 'it does not end on SIGINT');
  } finally {
    stop();
    running.signal.removeEventListener('abort', stop);
    await ended;
  }
}
