/**
 * Any interruption leaves the same run: stopped at every kind of moment, moved, and resumed by a
 * fresh process with another working folder and number of workers. Where one differs, the metric
 * `fingerprint` parts at the first step that does.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { before, test } from 'node:test';
import { assertSameAsWhole, readRun } from '../coordinator/readRun.js';
import { imageFile } from '../data/makeImages.js';
import { readImages } from '../workers/startPool.js';
import { main, makeTemporaryFolder, runWell } from './program.js';

/** Three epochs of three steps; checkpoints after steps 3, 4, 6, 8 and 9. */
const small = [
  '--epochs=3',
  '--set=data.limit=34',
  '--set=training.batchSize=11',
  '--set=training.shuffle=true',
  '--set=training.discriminatorSteps=2',
  '--set=output.checkpointEvery=4',
  '--set=output.sampleEvery=2',
  '--set=output.keep=0',
];
const embedded = '--set=data.source=mnist-10k';

const folder = makeTemporaryFolder();
/** What a run leaves that nothing interrupted. */
let whole: Awaited<ReturnType<typeof readRun>>;

before(async () => {
  runWell(folder, 'train', '--run=whole.zarr', embedded, ...small, '--workers=2');
  whole = await readRun(join(folder, 'whole.zarr'));
  assert.deepEqual([...whole.checkpoints.keys()], [0, 3, 4, 6, 8, 9]);
});

function makeFolder(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** Moves a run to a folder of its own, and resumes it from yet another one. @returns where it is now */
function resumeElsewhere(run: string, name: string, ...args: string[]): string {
  const moved = join(makeFolder(name), 'another name.zarr');
  renameSync(run, moved);
  const cwd = makeFolder(`${name}, working folder`);
  runWell(cwd, 'resume', relative(cwd, moved), ...args);
  return moved;
}

test('a run that was stopped at every kind of moment, and moved each time, is the run that was not', async () => {
  const moments: [name: string, ...args: string[]][] = [
    ['after the last batch of an epoch', '--steps=3', '--workers=3'],
    ['at a checkpoint amid an epoch', '--steps=4', '--workers=2'],
    ['between checkpoints amid an epoch', '--steps=5', '--workers=1'],
    ['at its end', '--workers=8'],
  ];
  const begun = makeFolder('after the first step');
  runWell(begun, 'train', '--run=run.zarr', embedded, ...small, '--steps=1', '--workers=2');
  let run = join(begun, 'run.zarr');
  for (const [name, ...args] of moments) run = resumeElsewhere(run, name, ...args);
  await assertSameAsWhole(run, whole);
});

test('so is one that SIGTERM stopped and SIGKILL ended, whose images have moved with it', async () => {
  const [begun, images] = [makeFolder('begun'), makeFolder('images')];
  const header = imageFile(34).subarray(0, 16);
  writeFileSync(join(images, 'train-images-idx3-ubyte'), Buffer.concat([header, await readImages(34)]));
  const idx = ['--set=data.source=idx', '--set=data.dir=../images'];
  await runUntil(begun, 1, 'SIGTERM', 'train', '--run=run.zarr', ...idx, ...small, '--workers=2');
  renameSync(images, join(folder, 'moved images'));
  const moved = join(makeFolder('after SIGTERM'), 'run.zarr');
  renameSync(join(begun, 'run.zarr'), moved);
  const newPlace = `--set=data.dir=${join(folder, 'moved images')}`;
  await runUntil(folder, 4, 'SIGKILL', 'resume', moved, newPlace, '--workers=3');
  // Whether the run knows the new place already depends on when it was killed.
  await assertSameAsWhole(resumeElsewhere(moved, 'after SIGKILL', newPlace, '--workers=1'), whole);
});

/** Sends a signal to the program when it has told step `step`. */
async function runUntil(cwd: string, step: number, signal: NodeJS.Signals, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [main, ...args, '--json'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).step === step) child.kill(signal);
  }
  assert.deepEqual(await exited, signal === 'SIGTERM' ? [143, null] : [null, 'SIGKILL']);
}
