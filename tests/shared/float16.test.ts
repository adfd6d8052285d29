import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromFloat16, toFloat16 } from '../../src/shared/float16.js';

test('every number of 16 bits comes back as it was', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const back = toFloat16(fromFloat16(all));
  for (const half of all) {
    const isNaNumber = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
    // NaN has many bits and -NaN none that JavaScript tells apart.
    if (isNaNumber) assert.ok(Number.isNaN(fromFloat16(back.subarray(half, half + 1))[0]));
    else assert.equal(back[half], half);
  }
});

test('numbers are rounded to the nearest, ties to even, also where they are very small', () => {
  const halves = fromFloat16(Uint16Array.from({ length: 0x7c00 }, (_, i) => i));
  for (let i = 0; i + 1 < halves.length; i += 7) {
    const [low, high] = [halves[i]!, halves[i + 1]!];
    const even = i % 2 === 0 ? i : i + 1;
    const [below, tie, above] = [low * 0.6 + high * 0.4, (low + high) / 2, low * 0.4 + high * 0.6];
    assert.deepEqual([...toFloat16(Float32Array.of(below, tie, above, -tie))], [i, even, i + 1, even | 0x8000]);
  }
});

test('what is too large is infinite', () =>
  assert.deepEqual(
    [...fromFloat16(toFloat16(Float32Array.of(65504, 65519, 65520, 1e30, -Infinity)))],
    [65504, 65504, Infinity, Infinity, -Infinity],
  ));

test('numbers are what IEEE 754 says', () => {
  const known = { 15360: 1, 49152: -2, 31743: 65504, 1: 2 ** -24, 13653: 0.333251953125, 31744: Infinity, 0: 0 };
  for (const [bits, value] of Object.entries(known)) assert.equal(fromFloat16(Uint16Array.of(Number(bits)))[0], value);
});
