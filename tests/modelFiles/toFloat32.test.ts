import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFloat32 } from '../../src/modelFiles/toFloat32.js';

const bytesOf = (words: number[]) => new Uint8Array(Uint16Array.from(words).buffer);

test('float16 becomes float32 without loss: 1, -2, the largest, the smallest, subnormal ones, zeros, infinity, NaN', () => {
  const words = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x8000, 0x7c00, 0x7e00];
  const expected = [1, -2, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24, -0, Infinity, Number.NaN];
  assert.deepEqual([...toFloat32(bytesOf(words), 'float16')], expected);
});

test('bfloat16 is the upper half of a float32', () => {
  assert.deepEqual([...toFloat32(bytesOf([0x3f80, 0xc000, 0x4049, 0xff80]), 'bfloat16')], [1, -2, 3.140625, -Infinity]);
});

test('float64 is rounded, and what is too large is infinite, from any place in memory', () => {
  for (const bytes of [new Uint8Array(25), Buffer.alloc(25)]) {
    bytes.set(new Uint8Array(Float64Array.of(0.1, 1e300, -1).buffer), 1);
    assert.deepEqual([...toFloat32(bytes.subarray(1), 'float64')], [Math.fround(0.1), Infinity, -1]);
  }
});
