import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../../src/config/readConfig.js';
import { planSchedule } from '../../../src/coordinator/steps/schedule.js';

/** 10 batches to an epoch, and 9 images over. */
function plan(steps?: number) {
  const set = ['training.batchSize=10', 'training.epochs=3', 'output.checkpointEvery=4', 'output.sampleEvery=3'];
  return planSchedule(resolveConfig({ set, cwd: '/' }), 109, steps);
}

const stepsWhere = (is: (step: number) => boolean, last: number) =>
  Array.from({ length: last + 1 }, (_, step) => step).filter(is);

test('an epoch is as many whole batches as there are; the rest is dropped', () => {
  const { batchesPerEpoch, lastStep, positionAt } = plan();
  assert.deepEqual([batchesPerEpoch, lastStep], [10, 30]);
  assert.deepEqual(positionAt(0), { step: 0, epoch: 0, batch: 0 });
  assert.deepEqual(positionAt(19), { step: 19, epoch: 1, batch: 9 });
  assert.deepEqual(positionAt(30), { step: 30, epoch: 3, batch: 0 });
});

test('samples are counted in the batches of the epoch', () => {
  assert.deepEqual(stepsWhere(plan().isSampled, 19), [0, 3, 6, 9, 10, 13, 16, 19]);
});

test('checkpoints are counted in steps done, and epochs and the run end with one', () => {
  assert.deepEqual(stepsWhere(plan().isCheckpoint, 30), [0, 4, 8, 10, 12, 16, 20, 24, 28, 30]);
  assert.deepEqual(stepsWhere(plan(13).isCheckpoint, 13), [0, 4, 8, 10, 12, 13]);
});

test('a number of steps ends the run sooner, never later', () => {
  assert.equal(plan(13).lastStep, 13);
  assert.equal(plan(0).lastStep, 0);
  assert.equal(plan(31).lastStep, 30);
});
