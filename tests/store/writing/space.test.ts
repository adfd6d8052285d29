import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { referencePlan } from '../../../src/model/plan.js';
import { nodeFileSystem } from '../../../src/store/disk/fileSystem.js';
import { checkpointBytes, checkSpace, describeTightness, roomForRun } from '../../../src/store/writing/space.js';

/** Its folder is not there: a run makes it. */
const run = join(tmpdir(), 'gan-dist-space-not-made', 'run.zarr');
const plan = referencePlan();
const needed = 2 * checkpointBytes(plan);
const diskWith = (free: number) => ({
  ...nodeFileSystem,
  freeBytes: async () => free,
  freeFiles: async () => undefined,
});

test('a disk without room for two checkpoints is refused, with what is free, what is needed and what to do', async () => {
  await assert.rejects(checkSpace(plan, run, 1, diskWith(needed - 1e6)), {
    name: 'StoreError',
    message: `the disk of ${run} has 163 MB free; two checkpoints need 164 MB: free some space, or put the run on another disk`,
    path: run,
  });
});

test('a disk with just enough room passes, and one with a byte less does not', async () => {
  assert.equal(await checkSpace(plan, run, 1, diskWith(needed)), needed);
  await assert.rejects(checkSpace(plan, run, 1, diskWith(needed - 1)), { name: 'StoreError' });
  // A run that has all that it keeps writes one more, and then deletes the oldest.
  assert.equal(await checkSpace(plan, run, 0, diskWith(needed / 2)), needed / 2);
  await assert.rejects(checkSpace(plan, run, 0, diskWith(needed / 2 - 1)), /; a checkpoint needs 82 MB: /);
});

test('so is one without room for their files', async () => {
  const disk = (files: number | undefined) => ({ ...diskWith(needed), freeFiles: async () => files });
  await assert.rejects(checkSpace(plan, run, 1, disk(200)), {
    name: 'StoreError',
    message: `the disk of ${run} has room for 200 more files (inodes: df -i); two checkpoints need 336: delete some files, or put the run on another disk`,
  });
  await checkSpace(plan, run, 0, disk(200));
  // Some file systems make inodes as they are needed, and count none.
  await checkSpace(plan, run, 1, disk(undefined));
});

test('a run holds one checkpoint more than it keeps, and it keeps the two newest', () => {
  assert.equal(roomForRun(plan, 3), 4 * checkpointBytes(plan));
  assert.equal(roomForRun(plan, 1), 3 * checkpointBytes(plan));
});

test('a disk that may get full in the middle of the run is told of, with what helps', () => {
  const free = 3 * checkpointBytes(plan);
  assert.equal(
    describeTightness(plan, free, 3),
    'the disk has 246 MB free, and this run may hold 328 MB of checkpoints: free some, or keep fewer (--set output.keep=2)',
  );
  assert.equal(describeTightness(plan, free, 2), undefined);
  assert.equal(
    describeTightness(plan, free - 1e6, 2),
    'the disk has 245 MB free, and this run may hold 246 MB of checkpoints: free some',
  );
});

test('the disk is that of the nearest folder that is there', async () => {
  const asked: string[] = [];
  const freeBytes = async (folder: string) => {
    asked.push(folder);
    return needed;
  };
  await checkSpace(plan, run, 1, { ...nodeFileSystem, freeBytes });
  assert.deepEqual(asked, [tmpdir()]);
});
