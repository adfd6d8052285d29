/** `--max-restarts` with real processes, real signals and real crashes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRun } from '../../../src/store/index.js';
import { assertSameAsWhole, readRun } from '../../coordinator/readRun.js';
import { main, makeTemporaryFolder, runWell } from '../program.js';

const folder = makeTemporaryFolder();
const inFolder = (name: string) => join(folder, name);
const small = ['--set=data.source=mnist-10k', '--set=training.batchSize=16', '--set=output.checkpointEvery=4'];

const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Code that every thread of the program runs first. */
const preload = (code: string) => `--import=data:text/javascript,${encodeURIComponent(code)}`;

/** A supervised training process; `onStep` is told of every step, with the pid of the process that did it. */
function train(
  name: string,
  args: string[],
  options: { preload?: string; onStep?: (step: number, pid: number) => void } = {},
) {
  const child = spawn(process.execPath, [main, 'train', `--run=${name}`, ...small, '--json', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The pid goes before each line that the child prints: no other program is needed to find it.
    env: {
      ...process.env,
      NODE_OPTIONS: [preload(tellPid), ...(options.preload ? [preload(options.preload)] : [])].join(' '),
    },
  });
  started.push(child);
  const run = { child, stderr: '', pid: 0, steps: [] as number[], exited: once(child, 'exit') };
  child.stderr.on('data', data => {
    run.stderr += data;
  });
  createInterface(child.stdout).on('line', line => {
    if (line.startsWith('pid ')) run.pid = Number(line.slice(4));
    if (!line.startsWith('{')) return;
    run.steps.push(JSON.parse(line).step);
    options.onStep?.(run.steps.at(-1)!, run.pid);
  });
  return run;
}

const tellPid = `
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread && process.channel) process.stdout.write('pid ' + process.pid + '\\n');`;

/** Lets the training process, after so many crashes before, crash by itself when it has done `step`. */
const crashAfter = (step: number, signal = 'SIGSEGV') => `
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread && process.channel) {
    const send = process.send;
    process.send = (report, ...rest) => {
      send.call(process, report, ...rest);
      if (report.kind === 'done' && report.step === ${step}) process.kill(process.pid, '${signal}');
    };
  }`;

const eventsOf = async (name: string, kind: string) =>
  (await openRun(inFolder(name))).attributes.events.filter(event => event.kind === kind).map(({ message }) => message);

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 300; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(100);
  }
  return false;
}

test('a process that crashes is started again, and the run is the one that did not crash', async () => {
  runWell(folder, 'train', '--run=whole.zarr', ...small, '--steps=13');
  const killed = new Set<number>();
  const crashes = new Map([
    [2, 'SIGSEGV'],
    [6, 'SIGKILL'],
    [11, 'SIGABRT'],
  ] as const);
  const run = train('crashing.zarr', ['--steps=13', '--max-restarts=3'], {
    onStep: (step, pid) => {
      const signal = crashes.get(step as 2);
      if (!signal || killed.has(step)) return;
      killed.add(step);
      process.kill(pid, signal);
    },
  });
  assert.deepEqual(await run.exited, [0, null], run.stderr);
  await assertSameAsWhole(inFolder('crashing.zarr'), await readRun(inFolder('whole.zarr')));
  const restarts = await eventsOf('crashing.zarr', 'restart');
  assert.equal(restarts.length, 3);
  for (const [place, signal] of [...crashes.values()].entries()) {
    const pattern = new RegExp(`^restart ${place + 1} of 3: the training process was ended by ${signal} in step \\d+$`);
    assert.match(restarts[place]!, pattern);
  }
  assert.match(
    run.stderr,
    /^The training process was ended by SIGKILL in step \d+\. It starts again in 0\.5 seconds \(restart 2 of 3\)\.$/m,
  );
});

test('a crash in one step every time stops early, and the run can be resumed', async () => {
  const run = train('same.zarr', ['--steps=9', '--max-restarts=10'], { preload: crashAfter(6) });
  assert.deepEqual(await run.exited, [1, null]);
  assert.equal(run.steps.filter(step => step === 5).length, 3);
  const message =
    'the training process was ended by SIGSEGV in step 6; it crashed in step 6 3 times in a row: another restart would not help';
  assert.match(
    run.stderr,
    new RegExp(
      `^The run is safe up to step [04]\\. Go on with: npx gan-dist resume same\\.zarr --steps 9\\ngan-dist: ${message}\\n$`,
      'm',
    ),
  );
  runWell(folder, 'resume', 'same.zarr', '--steps=9');
  // Also of crashes that came before a commit.
  assert.equal((await eventsOf('same.zarr', 'restart')).length, 2);
});

test('a run that was there before is not gone on with after a crash', async () => {
  runWell(folder, 'train', '--run=there.zarr', ...small, '--steps=1');
  const run = train('there.zarr', ['--steps=2', '--max-restarts=2'], {
    preload: `
      import { existsSync, writeFileSync } from 'node:fs';
      import { isMainThread } from 'node:worker_threads';
      if (isMainThread && process.channel && !existsSync('crashed')) {
        writeFileSync('crashed', '');
        process.kill(process.pid, 'SIGSEGV');
      }`,
  });
  assert.deepEqual(await run.exited, [1, null], run.stderr);
  assert.match(run.stderr, /^The training process was ended by SIGSEGV before its first step\. It starts again/m);
  assert.match(run.stderr, /^gan-dist: .*there\.zarr exists; continue it with --resume/m);
});

test('a stall is a crash, whose words are among the events', async () => {
  writeFileSync(inFolder('hang'), '');
  const run = train('stalled.zarr', ['--steps=5', '--max-restarts=2', '--workers=2', '--set=parallel.stallSeconds=2'], {
    preload: `
      import { existsSync, rmSync } from 'node:fs';
      import { isMainThread } from 'node:worker_threads';
      const add = Atomics.add;
      let barriers = 0;
      if (!isMainThread)
        Atomics.add = (...args) => {
          if (++barriers > 50 && existsSync('hang')) {
            rmSync('hang');
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
          }
          return add.apply(Atomics, args);
        };`,
  });
  assert.deepEqual(await run.exited, [0, null], run.stderr);
  const [restart] = await eventsOf('stalled.zarr', 'restart');
  assert.match(
    restart!,
    /^restart 1 of 2: the training process failed \(step \d: rank \d \(.*\) has not come to the next barrier within 2 s .*\) in step \d$/,
  );
});

test('--overwrite replaces the old run, and not once more after a crash', async () => {
  runWell(folder, 'train', '--run=old.zarr', ...small, '--steps=1');
  const { runId } = (await openRun(inFolder('old.zarr'))).attributes;
  const run = train('old.zarr', ['--steps=7', '--max-restarts=1', '--overwrite'], { preload: crashAfter(6) });
  assert.deepEqual(await run.exited, [1, null]);
  assert.match(run.stderr, /^resumed at step [04] /m);
  assert.notEqual((await openRun(inFolder('old.zarr'))).attributes.runId, runId);
});

test('workers that cannot start are a crash, wrong flags are none', async () => {
  const marker = inFolder('broken');
  writeFileSync(marker, '');
  const run = train('broken.zarr', ['--steps=1', '--max-restarts=2'], {
    preload: `
      import { rmSync, existsSync } from 'node:fs';
      import { isMainThread, workerData } from 'node:worker_threads';
      if (isMainThread && process.channel) process.on('exit', () => rmSync('broken', { force: true }));
      if (!isMainThread && existsSync('broken')) process.exit(3);`,
  });
  assert.deepEqual(await run.exited, [0, null], run.stderr);
  assert.match(
    run.stderr,
    /^The training process failed \(a worker thread ended while it started: exit code 3\) before its first step\. It starts again in 0\.5 seconds \(restart 1 of 2\)\.$/m,
  );
  const wrong = train('wrong.zarr', ['--set=training.batchSize=1', '--max-restarts=2']);
  assert.deepEqual(await wrong.exited, [2, null]);
  assert.doesNotMatch(wrong.stderr, /starts again/);
});

test('SIGINT to the supervisor stops the run with a checkpoint, once', async () => {
  const run = train('stopped.zarr', ['--max-restarts=2'], { onStep: step => step === 1 && run.child.kill('SIGINT') });
  assert.deepEqual(await run.exited, [130, null], run.stderr);
  const { latest, steps } = await openRun(inFolder('stopped.zarr'));
  assert.equal(latest?.step, steps);
  assert.ok(await isGone(run.pid));
});

test('a supervisor that is killed while its child starts leaves nothing behind', async () => {
  const run = train('early.zarr', ['--max-restarts=2']);
  while (run.pid === 0) await sleep(5);
  run.child.kill('SIGKILL');
  await run.exited;
  assert.ok(await isGone(run.pid));
  assert.equal(existsSync(inFolder('early.zarr.lock')), false);
  assert.match(run.stderr, /gan-dist: the process that watched over this one is gone; nothing was begun|it stops too/);
});

test('a supervisor that is killed takes the training process along, which commits first', async () => {
  const run = train('orphan.zarr', ['--max-restarts=2'], { onStep: step => step === 1 && run.child.kill('SIGKILL') });
  await run.exited;
  assert.ok(await isGone(run.pid));
  assert.equal(existsSync(inFolder('orphan.zarr.lock')), false);
  const { latest, steps } = await openRun(inFolder('orphan.zarr'));
  assert.ok(steps >= 2);
  assert.equal(latest?.step, steps);
  assert.match(run.stderr, /^The process that watched over this run is gone: it stops too, with a checkpoint$/m);
});
