/** What the page computes of noises, tensors and histograms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialTensor } from '../../../src/model/initial.js';
import { uniform } from '../../../src/model/philox.js';
import { referencePlan } from '../../../src/model/plan.js';
import { reference } from '../../../src/model/presets.js';
import { sortByScore } from '../../../src/view/page/generate/digits.js';
import { principalDirections, randomDirections, walk } from '../../../src/view/page/generate/directions.js';
import { eigenvectors } from '../../../src/view/page/generate/eigenvectors.js';
import { latestOnly } from '../../../src/view/page/generate/latest.js';
import { inRow } from '../../../src/view/page/generate/picture.js';
import { between, dot, slerp } from '../../../src/view/page/generate/slerp.js';
import { chooseRows } from '../../../src/view/page/weights/readHistograms.js';
import { splitFilters } from '../../../src/view/page/weights/splitFilters.js';
import { rebin, summarize } from '../../../src/view/page/weights/spread.js';

const plan = referencePlan();
const imageShape = reference.image;

const length = (vector: ArrayLike<number>) => Math.sqrt(dot(vector, vector));
const assertClose = (found: number, expected: number, most = 1e-6) =>
  assert.ok(Math.abs(found - expected) <= most, `${found} instead of ${expected}`);

test('an arc begins and ends at its noises, and stays as long as they are', () => {
  const [a, b] = [uniform(1, 4, 0, 100), uniform(2, 4, 0, 100)];
  assert.deepEqual([slerp(a, b, 0), slerp(a, b, 1)], [a, b]);
  const longest = Math.max(length(a), length(b));
  const shortest = Math.min(length(a), length(b));
  for (const t of [0.25, 0.5, 0.75]) {
    const there = length(slerp(a, b, t));
    assert.ok(there > 0.97 * shortest && there < 1.03 * longest, `${there}`);
  }
  const half = slerp(Float32Array.of(1, 0), Float32Array.of(0, 1), 0.5);
  for (const value of half) assertClose(value, Math.SQRT1_2);
  assert.deepEqual([...slerp(a, a, 0.5)], [...a]);
  const three = between(Float32Array.of(2, 0), Float32Array.of(0, 2), 3);
  assert.deepEqual([three.length, three[0], three[1], three[4], three[5]], [6, 2, 0, 0, 2]);
});

test('random directions are orthonormal, and the same for a seed', () => {
  const directions = randomDirections(3, 100, 6).map(({ vector }) => vector);
  for (const [i, one] of directions.entries())
    for (const [k, other] of directions.entries()) assertClose(dot(one, other), i === k ? 1 : 0, 1e-12);
  assert.deepEqual(randomDirections(3, 100, 6), randomDirections(3, 100, 6));
  assert.notDeepEqual(randomDirections(3, 100, 6), randomDirections(4, 100, 6));
});

test('principal directions are those that the kernel makes longest, by the length in their names', () => {
  const kernel = initialTensor(5, 0, plan.tensors[0]!.shape, plan.tensors[0]!.initial);
  const directions = principalDirections(kernel, 100, 6);
  const after = directions.map(({ vector }) => {
    const out = new Float64Array(1024);
    for (const [i, value] of vector.entries()) for (let k = 0; k < 1024; k++) out[k]! += value * kernel[i * 1024 + k]!;
    return out;
  });
  for (const [i, one] of after.entries())
    for (const [k, other] of after.entries())
      if (i !== k) {
        assertClose(dot(directions[i]!.vector, directions[k]!.vector), 0, 1e-9);
        // What is at right angles stays so.
        assertClose(dot(one, other), 0, 1e-6);
      }
  const lengths = after.map(length);
  assert.deepEqual(
    lengths.toSorted((a, b) => b - a),
    lengths,
  );
  assert.deepEqual(
    directions.map(({ name }) => name),
    lengths.map((each, i) => `Principal ${i + 1} (× ${each.toFixed(2)})`),
  );
  for (const { vector } of randomDirections(1, 100, 3)) {
    const out = new Float64Array(1024);
    for (const [i, value] of vector.entries()) for (let k = 0; k < 1024; k++) out[k]! += value * kernel[i * 1024 + k]!;
    assert.ok(length(out) < lengths[0]!);
  }
  const [{ value, vector }] = eigenvectors([Float64Array.of(2, 1), Float64Array.of(1, 2)]) as [
    { value: number; vector: Float64Array },
  ];
  assertClose(value, 3, 1e-12);
  for (const each of vector) assertClose(each, Math.SQRT1_2, 1e-12);
});

test('a walk adds steps along directions to a noise', () => {
  const directions = [0, 1].map(place => ({
    name: '',
    vector: Float64Array.from({ length: 3 }, (_, i) => Number(i === place)),
  }));
  assert.deepEqual([...walk(Float32Array.of(1, 2, 3), directions, [0.5, -2])], [1.5, 0, 3]);
});

test('digits are sorted by score, of two equal ones the earlier first', () => {
  const digits = {
    noise: Float32Array.from({ length: 400 }, (_, i) => Math.floor(i / 100)),
    shape: imageShape,
    pixels: Uint8Array.from({ length: 4 * 784 }, (_, i) => Math.floor(i / 784)),
    logits: Float32Array.of(1, 3, 3, 2),
    places: [0, 1, 2, 3],
  };
  const sorted = sortByScore(digits, 3);
  assert.deepEqual(sorted.places, [1, 2, 3]);
  assert.deepEqual([...sorted.logits!], [3, 3, 2]);
  assert.deepEqual([sorted.noise[0], sorted.noise[299], sorted.noise.length], [1, 3, 300]);
  assert.deepEqual([sorted.pixels[0], sorted.pixels[3 * 784 - 1], sorted.pixels.length], [1, 3, 3 * 784]);
});

test('of what is asked for while something is done, the last is done', { timeout: 60_000 }, async () => {
  const done: number[] = [];
  const errors: unknown[] = [];
  const later = latestOnly(error => errors.push(error));
  const work = (number: number) => async () => {
    await new Promise(resolve => setImmediate(resolve));
    if (number === 3) throw new Error('three');
    done.push(number);
  };
  for (const number of [1, 2, 3]) later(work(number));
  while (errors.length === 0) await new Promise(resolve => setImmediate(resolve));
  later(work(4));
  while (done.length < 2) await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual([done, errors.map(String)], [[1, 4], ['Error: three']]);
});

test('a histogram in other bins has as many numbers', () => {
  const histogram = { step: 0, counts: Int32Array.from({ length: 64 }, (_, i) => i), least: -0.5, most: 1.5 };
  const cells = rebin(histogram, -2, 2, 100);
  assertClose(
    cells.reduce((a, b) => a + b),
    2016,
    1e-9,
  );
  assert.ok(cells.subarray(0, 37).every(value => value === 0));
  assert.ok(cells.subarray(88).every(value => value === 0));
  assert.deepEqual([...rebin({ ...histogram, least: 0, most: 64 }, 0, 64, 64)], [...histogram.counts]);
  const one = { step: 0, counts: Int32Array.of(7, 0), least: 3, most: 3 };
  assert.deepEqual([...rebin(one, 2, 4, 4)], [0, 0, 7, 0]);
  assert.deepEqual(summarize(one), { total: 7, mean: 3, deviation: 0 });
  assert.deepEqual(summarize({ step: 0, counts: Int32Array.of(1, 1), least: 0, most: 2 }), {
    total: 2,
    mean: 1,
    deviation: 0.5,
  });
});

test('rows are chosen evenly, with the last, and stay chosen when there are more', () => {
  assert.deepEqual(chooseRows(0, 4), []);
  assert.deepEqual(chooseRows(4, 4), [0, 1, 2, 3]);
  assert.deepEqual(chooseRows(6, 4), [0, 2, 4, 5]);
  assert.deepEqual(chooseRows(9, 4), [0, 4, 8]);
  assert.equal(chooseRows(1_000_000, 160).length <= 161, true);
});

test('filters are split in colour too, be they the first dimension of a kernel or the last', () => {
  // Of a pixel, filter f has f in red, 10 f in green and -10 f in blue.
  const weight = (filter: number, channel: number) => [1, 10, -10][channel]! * filter;
  const last = Float32Array.from({ length: 2 * 3 * 3 * 4 }, (_, i) => weight(i % 4, Math.floor(i / 4) % 3));
  const first = Float32Array.from({ length: 2 * 3 * 4 * 3 }, (_, i) => weight(Math.floor(i / 3) % 4, i % 3));
  for (const { pictures, largest } of [splitFilters(last, [2, 3, 3, 4], 3), splitFilters(first, [2, 3, 4, 3], 2)]) {
    assert.equal(largest, 30);
    assert.deepEqual(
      pictures.map(({ height, width, channels, pixels }) => [height, width, channels, ...pixels.subarray(15)]),
      [
        [2, 3, 3, 128, 128, 128],
        [2, 3, 3, 132, 170, 85],
        [2, 3, 3, 136, 213, 43],
        [2, 3, 3, 140, 255, 0],
      ],
    );
  }
});

test('digits stand side by side, in colour too', () => {
  const row = inRow(
    Uint8Array.from({ length: 24 }, (_, i) => i),
    { height: 2, width: 2, channels: 3 },
  );
  assert.deepEqual([row.height, row.width, row.channels], [2, 4, 3]);
  assert.deepEqual([...row.pixels.subarray(0, 12)], [0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17]);
});

test('filters are split, and grey is 0', () => {
  const kernel = Float32Array.from({ length: 50 }, (_, i) => (i === 3 ? -2 : i === 48 ? 1 : 0));
  const { pictures, largest } = splitFilters(kernel, [5, 5, 1, 2], 3);
  assert.equal(largest, 2);
  assert.deepEqual(
    pictures.map(({ pixels }) => [pixels[0], pixels[1], pixels[24]]),
    [
      [128, 128, 191],
      [128, 0, 128],
    ],
  );
});
