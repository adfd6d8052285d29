import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillWords, maxShuffled, philox4x32, shuffledOrder, uniform } from '../../src/model/philox.js';

const hex = (words: Uint32Array) => Array.from(words, w => w.toString(16).padStart(8, '0')).join(' ');
const ones = 0xffffffff;

/** Philox written from the paper with big integers: slow, and nothing in common with ours. */
function philoxInBigInts(counter: number[], key: number[]): Uint32Array {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return Uint32Array.from([c0, c1, c2, c3], Number);
}

test('Philox gives the known answers of Random123', () => {
  assert.equal(hex(philox4x32([0, 0, 0, 0], [0, 0])), '6627e8d5 e169c58d bc57ac4c 9b00dbd8');
  assert.equal(hex(philox4x32([ones, ones, ones, ones], [ones, ones])), '408f276d 41c83b0e a20bc7c6 6d5451fd');
  assert.equal(
    hex(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  );
});

test('every block equals the one of an independent big-integer Philox', () => {
  const words = (length: number) => fc.array(fc.nat({ max: ones }), { minLength: length, maxLength: length });
  fc.assert(
    fc.property(words(4), words(2), (counter, key) => {
      assert.deepEqual(philox4x32(counter, key), philoxInBigInts(counter, key));
    }),
  );
});

test('word i of an array is word i mod 4 of block floor(i / 4), from any offset, for seeds up to 2^53 - 1', () => {
  const seeds = fc.oneof(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1), fc.maxSafeNat());
  fc.assert(
    fc.property(
      seeds,
      fc.nat(100),
      fc.nat({ max: ones }),
      fc.nat(40),
      fc.nat(40),
      (seed, stream, index, count, offset) => {
        const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
        const expected = Array.from({ length: count }, (_, n) => {
          const i = offset + n;
          return philoxInBigInts([Math.floor(i / 4), index, stream, 0], key)[i % 4]!;
        });
        assert.deepEqual(Array.from(fillWords(new Uint32Array(count), seed, stream, index, offset)), expected);
      },
    ),
  );
});

test('a uniform is (word >>> 8) · 2^-23 - 1, so in [-1, 1) and exact in float32', () => {
  const words = fillWords(new Uint32Array(4096), 7, 1, 12);
  const values = uniform(7, 1, 12, 4096);
  values.forEach((value, i) => {
    assert.equal(value, (words[i]! >>> 8) / 2 ** 23 - 1);
  });
  assert.ok(values.every(value => value >= -1 && value < 1));
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) / 4096) < 0.05);
  assert.deepEqual(uniform(7, 1, 12, 30, 100), values.slice(100, 130), 'a part made alone is the same part');
});

test('a shuffle is a permutation, its own for every epoch and seed, and never depends on another epoch', () => {
  const order = shuffledOrder(1, 3, 1000);
  assert.deepEqual(
    Array.from(order).sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.deepEqual(shuffledOrder(1, 3, 1000), order);
  assert.notDeepEqual(shuffledOrder(1, 4, 1000), order);
  assert.notDeepEqual(shuffledOrder(2, 3, 1000), order);
  assert.deepEqual(
    [shuffledOrder(1, 0, 0), shuffledOrder(1, 0, 1)].map(o => Array.from(o)),
    [[], [0]],
  );
});

test('a shuffle takes word n - 1 - i for place i, counted in big integers', () => {
  const count = 60_000;
  const words = fillWords(new Uint32Array(count), 2 ** 53 - 1, 2, 29);
  const expected = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i >= 1; i--) {
    const j = Number((BigInt(words[count - 1 - i]!) * BigInt(i + 1)) >> 32n);
    [expected[i], expected[j]] = [expected[j]!, expected[i]!];
  }
  assert.deepEqual(shuffledOrder(2 ** 53 - 1, 29, count), expected);
});

test('a shuffle that would not be exact is refused', () => {
  assert.throws(() => shuffledOrder(1, 0, maxShuffled + 1), {
    name: 'RangeError',
    message: 'cannot shuffle 2097153 images exactly, at most 2097152',
  });
});
