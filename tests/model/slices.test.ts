import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { partOf, slicesOfRank } from '../../src/model/slices.js';

const parts = (count: number, parts: number) => Array.from({ length: parts }, (_, i) => partOf(count, parts, i));

test('parts follow each other without a gap, and differ by one at most', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 64 }), (count, number) => {
      const ranges = parts(count, number);
      assert.equal(ranges[0]!.start, 0);
      assert.equal(ranges.at(-1)!.end, count);
      const sizes = ranges.map(({ start, end }, i) => {
        if (i > 0) assert.equal(start, ranges[i - 1]!.end);
        return end - start;
      });
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test('with more parts than things some parts are empty', () => {
  const sizes = parts(3, 8).map(({ start, end }) => end - start);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    3,
  );
  assert.ok(sizes.includes(0));
});

test('ranks share out all slices in order, and none goes without while there are enough', () => {
  assert.deepEqual(
    [0, 1, 2].map(rank => slicesOfRank(8, 3, rank)),
    [
      [0, 1],
      [2, 3, 4],
      [5, 6, 7],
    ],
  );
  for (let ranks = 1; ranks <= 8; ranks++) {
    const all = Array.from({ length: ranks }, (_, rank) => slicesOfRank(8, ranks, rank));
    assert.deepEqual(all.flat(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.ok(all.every(slices => slices.length > 0));
  }
});
