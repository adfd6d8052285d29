import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMatches } from '../../../src/cli/output/formatMatches.js';

test('what was taken for what is a table, a tensor a line whatever its name', () => {
  assert.deepEqual(formatMatches([]), []);
  assert.deepEqual(
    formatMatches([
      { from: 'net.0.weight', shape: [4, 3], to: 'generator/dense_1/kernel', as: [3, 4], how: 'transposed' },
      { from: 'a\nb', shape: [4], to: 'generator/dense_1/bias', as: [4] },
      { from: 'net.1.num_batches_tracked', shape: [] },
    ]),
    [
      'Taken for:',
      '  net.0.weight [4,3]            →  generator/dense_1/kernel [3,4]  transposed',
      '  a\\nb [4]                      →  generator/dense_1/bias [4]',
      '  net.1.num_batches_tracked []  →  left out',
    ],
  );
});
