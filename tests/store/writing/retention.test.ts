import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { stepsToDelete } from '../../../src/store/writing/retention.js';
import { makeClosedRun, makeFolder } from '../testRuns.js';

test('the newest `keep` stay', () => {
  assert.deepEqual(stepsToDelete([0, 10, 20, 30, 40], { keep: 3 }), [0, 10]);
  assert.deepEqual(stepsToDelete([0, 10], { keep: 3 }), []);
});

test('0 keeps all', () => assert.deepEqual(stepsToDelete([0, 10, 20, 30, 40], { keep: 0 }), []));

test('the newest two always stay', () => assert.deepEqual(stepsToDelete([0, 10, 20], { keep: 1 }), [0]));

test('every `keepEvery`-th step stays besides', () =>
  assert.deepEqual(stepsToDelete([0, 10, 20, 30, 40, 45, 50], { keep: 2, keepEvery: 20 }), [10, 30]));

test('a run keeps just those', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [0, 2, 4, 6, 7, 8], { keep: 2, keepEvery: 4 });
  assert.deepEqual(await readdir(join(path, 'checkpoints')), [
    '.zgroup',
    '00000000',
    '00000004',
    '00000007',
    '00000008',
  ]);
});

test('what a run was imported with stays, and that alone', () => {
  assert.deepEqual(stepsToDelete([0, 1, 2, 3], { keep: 2, keepFirst: true }), [1]);
  assert.deepEqual(stepsToDelete([1, 2, 3, 4], { keep: 2, keepFirst: true }), [1, 2]);
});
