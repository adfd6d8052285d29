/** Pictures and steps of the film. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tile } from '../../../src/view/page/film/tile.js';
import { lastUpTo } from '../../../src/view/page/lastUpTo.js';

test('a step shows the last sample up to it', () => {
  const steps = [0, 10, 20];
  assert.deepEqual(
    [-1, 0, 9, 10, 25].map(step => lastUpTo(steps, step)),
    [-1, 0, 0, 1, 2],
  );
  assert.equal(lastUpTo([], 5), -1);
});

test('images are tiled row by row into a square', () => {
  const frame = tile(Uint8Array.from([1, 1, 2, 2, 3, 3]), 3, 1, 2);
  assert.deepEqual([frame.width, frame.height, [...frame.pixels]], [4, 2, [1, 1, 2, 2, 3, 3, 0, 0]]);
});
