import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramBins, takeHistograms } from '../../src/model/histograms.js';
import { referencePlan } from '../../src/model/plan.js';
import { sizeOf } from '../../src/model/shape.js';
import { planState, writeTensor } from '../../src/model/stateLayout.js';

const plan = referencePlan();
const layout = planState(plan, 8);
const state = new Float32Array(layout.length);
const name = 'discriminator/conv_1/bias';
const index = plan.tensors.findIndex(tensor => tensor.name === name);
// -1, then 0 to 62: 63 units and one number in each, but two at the end.
writeTensor(
  state,
  layout,
  name,
  Float32Array.from({ length: 64 }, (_, i) => (i === 0 ? -1 : i - 1)),
);
const { counts, range } = takeHistograms(state, layout, plan.tensors);
const rowOf = (tensor: number) => [...counts.subarray(tensor * histogramBins, (tensor + 1) * histogramBins)];

test('a histogram counts every number of its tensor, in equal parts of its range', () => {
  assert.deepEqual([...range.subarray(2 * index, 2 * index + 2)], [-1, 62]);
  const expected = new Array(64).fill(0);
  for (let i = 0; i < 64; i++) expected[Math.min(Math.floor((i * 64) / 63), 63)]++;
  assert.deepEqual(rowOf(index), expected);
  for (const [i, { shape }] of plan.tensors.entries())
    assert.equal(
      rowOf(i).reduce((sum, n) => sum + n),
      sizeOf(shape),
    );
});

test('where all numbers are the same they are in the first part', () => {
  assert.equal(rowOf(0)[0], sizeOf(plan.tensors[0]!.shape));
  assert.deepEqual([...range.subarray(0, 2)], [0, 0]);
});
