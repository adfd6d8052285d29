/** Backups: a copy while the run is trained, and what `resume` makes of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { copyToPlace, nodeFileSystem, openRun } from '../../../src/store/index.js';
import { assertSameAsWhole, readRun } from '../../coordinator/readRun.js';
import { makeClosedRun } from '../../store/testRuns.js';
import { assertFails, main, makeTemporaryFolder, runProgram, runWell, smallRun } from '../program.js';

const everyStep = ['--set=data.source=mnist-10k', '--set=data.limit=32', '--set=training.batchSize=16'].concat([
  '--set=output.checkpointEvery=1',
  '--set=output.keep=2',
  '--set=parallel.slices=2',
  '--workers=1',
]);

test('a copy that is slower than every commit of a training process is whole, and goes on to the same bytes', async () => {
  const folder = makeTemporaryFolder();
  const [run, copy] = [join(folder, 'run.zarr'), join(folder, 'copy.zarr')];
  const child = spawn(process.execPath, [main, 'train', '--json', '--run', run, ...everyStep, '--epochs=4'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  for await (const _step of createInterface(child.stdout)) if ((await openRun(run)).latest) break;
  child.stdout.resume();
  // It stands still until all is open, and has deleted every checkpoint of it before the first of its bytes is copied.
  child.kill('SIGSTOP');
  const create = async (path: string) => {
    if (path.includes('.tmp/copy-')) {
      child.kill('SIGCONT');
      await ended;
    }
    return nodeFileSystem.create(path);
  };
  const fileSystem = { ...nodeFileSystem, create };
  const { copied } = await copyToPlace(run, copy, { fileSystem });
  const left = (await openRun(run)).checkpoints;
  assert.deepEqual(left, [7, 8]);
  assert.ok(copied.checkpoints.length > 0 && copied.checkpoints.every(step => !left.includes(step)));
  runWell(folder, 'resume', 'copy.zarr');
  await assertSameAsWhole(copy, await readRun(run));
  assert.equal((await openRun(copy)).attributes.runId, copied.attributes.runId);
});

test('copy says what was copied, to people and to programs', async () => {
  const folder = makeTemporaryFolder();
  await makeClosedRun(join(folder, 'a.zarr'), [5, 12]);
  const { status, stdout, stderr } = runProgram(folder, 'copy', 'a.zarr', 'backup/my a.zarr');
  assert.deepEqual([status, stdout], [0, 'backup/my a.zarr\n']);
  assert.match(stderr, /^Copied .*\/a\.zarr: 12 steps, 2 checkpoints up to 12; \d+ files, [\d.]+ kB\.\n$/);
  assertFails(
    folder,
    ['copy', 'a.zarr', 'backup/my a.zarr'],
    1,
    `${join(folder, 'backup/my a.zarr')} exists; copy to another path, or delete and replace it with --overwrite`,
  );
  assertFails(folder, ['copy', 'a.zarr', ''], 2, '<to> expects a path, found ""');
  const { files, bytes, runId, ...facts } = JSON.parse(
    runWell(folder, 'copy', 'a.zarr', 'backup/my a.zarr', '--overwrite', '--json'),
  );
  assert.deepEqual(facts, {
    run: join(folder, 'a.zarr'),
    copy: join(folder, 'backup/my a.zarr'),
    commit: 2,
    steps: 12,
    checkpoints: [5, 12],
  });
  assert.ok(files > 50 && bytes > 10_000 && typeof runId === 'string');
});

test('resume to fewer steps than there are tells of a damaged newest checkpoint, and changes nothing', async () => {
  const folder = makeTemporaryFolder();
  runWell(folder, 'train', '--run', 'small.zarr', ...smallRun);
  const file = join(folder, 'small.zarr/checkpoints/00000002/generator/conv_1/bias/0');
  appendFileSync(file, 'x');
  const before = await readMetadata(folder);
  const { status, stderr } = runProgram(folder, 'resume', 'small.zarr', '--steps=1');
  assert.equal(status, 0, stderr);
  assert.deepEqual(stderr.split('\n').slice(0, 2), [
    `checkpoint 2 is damaged (${file} is damaged: it has 257 bytes of 256): to go on, resume would delete it, go back to checkpoint 1 and do step 1 again (--steps 2 does just that); nothing was changed`,
    'small.zarr has 2 steps, --steps asks for 1. There is nothing left to train.',
  ]);
  assert.deepEqual(await readMetadata(folder), before);
  for (const step of ['00000000', '00000001'])
    appendFileSync(join(folder, `small.zarr/checkpoints/${step}/generator/conv_1/bias/0`), 'x');
  assertFails(
    folder,
    ['resume', 'small.zarr', '--steps=1'],
    1,
    `checkpoint 2 is damaged (${file} is damaged: it has 257 bytes of 256), and no other is good; nothing was changed`,
  );
});

const readMetadata = async (folder: string) => (await openRun(join(folder, 'small.zarr'))).attributes;
