import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteTraining } from '../../../benchmarks/compare/measureCell.js';
import type { CellResult } from '../../../benchmarks/compare/results.js';

const startCell = (): Pick<CellResult, 'firstLosses' | 'versions'> => ({ firstLosses: {}, versions: {} });
const aRun = (...losses: [number, number][]) => ({ losses, versions: {} });

test('a contestant that does not train what Keras trains stops the comparison', () => {
  const cell = startCell();
  noteTraining({ name: 'keras' }, aRun([0.7, 0.71]), cell);
  noteTraining({ name: 'close' }, aRun([0.70009, 0.71], [9, 9]), cell);
  assert.throws(() => noteTraining({ name: 'far' }, aRun([0.7, 0.7102]), cell), {
    message: 'far does not train the same: the losses of its first step are 0.7,0.7102, expected 0.7,0.71',
  });
});

test('other arithmetic may be further from Keras, but not far', () => {
  const cell = startCell();
  noteTraining({ name: 'keras' }, aRun([0.7, 0.71]), cell);
  noteTraining({ name: 'round', otherMaths: true }, aRun([0.7, 0.8]), cell);
  assert.throws(() => noteTraining({ name: 'wild', otherMaths: true }, aRun([0.7, 0.82]), cell), /does not train/);
});

test('a loss that is not finite stops the comparison, in whichever step', () => {
  const run = aRun([0.7, 0.71], [0.7, Number.NaN]);
  assert.throws(() => noteTraining({ name: 'keras' }, run, startCell()), {
    message: 'keras has a loss that is not finite',
  });
});

test('without Keras everybody starts as they like, and it is noted', () => {
  const cell = startCell();
  noteTraining({ name: 'pytorch' }, { ...aRun([1, 2]), versions: { torch: '2' } }, cell);
  assert.deepEqual(cell, { firstLosses: { pytorch: [1, 2] }, versions: { pytorch: { torch: '2' } } });
});
