import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf, formatFingerprint } from '../../../src/model/comparison/fingerprint.js';

test('a fingerprint is the sum of the bits', () => {
  // 1.0 is 3f800000, -2.0 is c0000000, -0.0 is 80000000.
  assert.equal(fingerprintOf([Float32Array.of(1, -2), Float32Array.of(-0)]), 0x3f800000n + 0xc0000000n + 0x80000000n);
  assert.equal(fingerprintOf([new Float32Array(5), new Float32Array()]), 0n);
  // More than a double adds exactly: all bits of 3 million numbers.
  const ones = new Float32Array(new Uint32Array(3_000_000).fill(0xffffffff).buffer);
  assert.equal(fingerprintOf([ones]), 3_000_000n * 0xffffffffn);
});

test('neither the order of the numbers nor the way they are cut changes a fingerprint; one bit does', () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1 }), fc.nat(), fc.nat(31), (numbers, place, bit) => {
      const whole = fingerprintOf([numbers]);
      const cut = place % numbers.length;
      assert.equal(fingerprintOf([numbers.slice(cut), numbers.slice(0, cut).reverse()]), whole);
      const other = new Uint32Array(numbers.slice().buffer);
      other[cut]! ^= 1 << bit;
      assert.notEqual(fingerprintOf([new Float32Array(other.buffer)]), whole);
    }),
  );
});

test('a fingerprint is written with 16 hexadecimal digits', () => {
  assert.equal(formatFingerprint(0x12abn), '00000000000012ab');
});
