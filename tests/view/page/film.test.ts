/** Steps of the film. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastUpTo } from '../../../src/view/page/lastUpTo.js';

test('a step shows the last sample up to it', () => {
  const steps = [0, 10, 20];
  assert.deepEqual(
    [-1, 0, 9, 10, 25].map(step => lastUpTo(steps, step)),
    [-1, 0, 0, 1, 2],
  );
  assert.equal(lastUpTo([], 5), -1);
});
