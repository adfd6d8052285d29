import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSparkline, Trend } from '../../../src/cli/terminal/sparkline.js';

const trendOf = (values: Iterable<number>): Trend => {
  const trend = new Trend();
  for (const value of values) trend.add(value);
  return trend;
};
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

test('values become characters between the lowest and the highest of them', () => {
  assert.equal(drawSparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], true), '▁▂▃▄▅▆▇██');
  assert.equal(drawSparkline([-1, 1], false), '_#');
  assert.equal(drawSparkline([5, 5], true), '▁▁');
  assert.equal(drawSparkline([], true), '');
});

test('few values are shown as they are, many as means that cover them all', () => {
  assert.deepEqual(trendOf([3, 1, 2]).summarize(5), [3, 1, 2]);
  assert.deepEqual(trendOf([3, 1, 2, 4]).summarize(2), [2, 3]);
  const cells = trendOf(range(1000)).summarize(64);
  assert.equal(cells.length, 64);
  assert.ok(cells.every((value, i) => Math.abs(value - (i + 0.5) * (1000 / 64)) < 2));
});

test('a million values are as good as few, the first and the last among them', () => {
  const cells = trendOf(range(1_000_000)).summarize(100);
  assert.equal(cells.length, 100);
  assert.ok(cells.every((value, i) => Math.abs(value - (i + 0.5) * 10_000) < 2000));
});

test('earlier values come before those that there are', () => {
  const trend = trendOf([7, 8]);
  trend.addBefore([5, 6]);
  trend.add(9);
  assert.deepEqual(trend.summarize(9), [5, 6, 7, 8, 9]);
});

test('what is no number is left out: damage has cost the run some losses', () => {
  assert.deepEqual(trendOf([1, Number.NaN, 2, Number.POSITIVE_INFINITY]).summarize(9), [1, 2]);
});
