/** The arithmetic of the charts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseChunks } from '../../../src/view/page/charts/chooseChunks.js';
import { smooth } from '../../../src/view/page/charts/smooth.js';
import { within, zoom } from '../../../src/view/page/charts/zoom.js';

test('a view takes the chunks that it shows, and no others', () => {
  assert.deepEqual(chooseChunks({ from: 0, to: 99 }, 100, 10, 64), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(chooseChunks({ from: 35, to: 60 }, 100, 10, 64), [3, 4, 5, 6]);
  assert.deepEqual(chooseChunks({ from: -5, to: 1000 }, 95, 10, 64).at(-1), 9);
  assert.deepEqual(chooseChunks({ from: 0, to: 0 }, 0, 10, 64), []);
});

test('of a huge run a view takes evenly spaced chunks, with the first and the last', () => {
  const chosen = chooseChunks({ from: 0, to: 5_000_000 }, 5_000_000, 1024, 64);
  assert.equal(chosen.length, 64);
  assert.deepEqual([chosen[0], chosen[63]], [0, Math.floor(4_999_999 / 1024)]);
  const gaps = chosen.slice(1).map((chunk, i) => chunk - chosen[i]!);
  assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 1);
});

test('the smoothed line is the mean around each step, without what is missing', () => {
  const steps = [0, 1, 2, 3, 4];
  assert.deepEqual([...smooth(steps, [1, 2, 3, 4, 5], 3)], [1.5, 2, 3, 4, 4.5]);
  assert.deepEqual([...smooth(steps, [1, Number.NaN, 3, 4, 5], 3)], [1, 2, 3.5, 4, 4.5]);
  assert.deepEqual([...smooth(steps, [1, 2, 3, 4, 5], 1)], [1, 2, 3, 4, 5]);
});

test('the smoothed line means nothing across a gap', () => {
  assert.deepEqual([...smooth([0, 1, 100, 101], [1, 3, 10, 30], 100)], [2, 2, 20, 20]);
});

test('zooming keeps the step under the pointer, and stays within the run', () => {
  const all = { from: 0, to: 1000 };
  assert.deepEqual(zoom(all, 0.5, 200, all), { from: 100, to: 600 });
  assert.deepEqual(zoom(all, 0.5, 0, all), { from: 0, to: 500 });
  assert.equal(zoom({ from: 100, to: 600 }, 4, 200, all), undefined);
  assert.deepEqual(zoom({ from: 100, to: 110 }, 0.1, 105, all), { from: 100, to: 110 });
  assert.deepEqual(within({ from: 900, to: 1100 }, all), { from: 800, to: 1000 });
});
