import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areEqual, compareStates, type ShapedData } from '../../../src/model/comparison/compareTensors.js';

const matrix = (...data: number[]): ShapedData => ({ shape: [2, 3], data: Float32Array.from(data) });
const compare = (a: ShapedData, b: ShapedData) => compareStates(new Map([['w', a]]), new Map([['w', b]]));

test('equal bits are equal, also those of a NaN', () => {
  const comparisons = compare(matrix(1, 2, 3, 4, 5, Number.NaN), matrix(1, 2, 3, 4, 5, Number.NaN));
  assert.deepEqual(comparisons, [{ name: 'w', size: 6, differing: 0, largest: 0, first: undefined }]);
  assert.ok(areEqual(comparisons));
});

test('the first number that differs is named by its indices, the largest difference is of all of them', () => {
  const comparisons = compare(matrix(1, 2, 3, 4, 5, 6), matrix(1, 2, 3, 4, 5.5, -6));
  assert.deepEqual(comparisons, [
    { name: 'w', size: 6, differing: 2, largest: 12, first: { index: [1, 1], a: 5, b: 5.5 } },
  ]);
  assert.ok(!areEqual(comparisons));
});

test('a sign of zero is a difference, though of nothing', () => {
  const [comparison] = compare(matrix(0, 0, 0, 0, 0, 0), matrix(0, 0, -0, 0, 0, 0));
  assert.deepEqual(comparison, { name: 'w', size: 6, differing: 1, largest: 0, first: { index: [0, 2], a: 0, b: -0 } });
});

test('a number against one that is not finite differs by what cannot be said', () => {
  const [comparison] = compare(matrix(1, 2, 3, 4, 5, 6), matrix(1, 2, 3, Number.NaN, 5, 60));
  assert.equal(comparison!.differing, 2);
  assert.ok(Number.isNaN(comparison!.largest));
});

test('a tensor that only one has, or of another shape, is unlike, and different', () => {
  const vector: ShapedData = { shape: [6], data: new Float32Array(6) };
  const comparisons = compareStates(
    new Map([
      ['shared', vector],
      ['mine', vector],
    ]),
    new Map([
      ['shared', matrix(0, 0, 0, 0, 0, 0)],
      ['yours', vector],
    ]),
  );
  assert.deepEqual(
    comparisons.map(({ name, unlike, differing }) => [name, unlike, differing]),
    [
      ['shared', '[6] against [2,3]', 6],
      ['mine', 'only in A', 6],
      ['yours', 'only in B', 6],
    ],
  );
});
