import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from '../../../src/model/comparison/fingerprint.js';
import { loadKernels } from '../../../src/workers/webAssembly/kernels.js';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const kernels = loadKernels(memory);

/** Places numbers at a multiple of 64 bytes, the `index`-th such array. */
function place(index: number, numbers: ArrayLike<number>): Float32Array {
  const view = new Float32Array(memory.buffer, 1024 * (index + 1), numbers.length);
  view.set(numbers);
  return view;
}

const floats = (length: number) =>
  fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true }), {
    minLength: length,
    maxLength: length,
  });
const cases = fc.integer({ min: 1, max: 200 }).chain(n => fc.tuple(floats(n), floats(n), floats(n)));

test('the update returns the sum of the bits that it wrote, for any length', () => {
  fc.assert(
    fc.property(cases, ([p, v, g]) => {
      const [from, velocity, gradient] = [place(0, p), place(1, v), place(2, g)];
      const [moved, faster] = [place(3, p), place(4, v)];
      const bits = kernels.nesterov(
        from.byteOffset,
        velocity.byteOffset,
        gradient.byteOffset,
        moved.byteOffset,
        faster.byteOffset,
        p.length,
        0.001,
        0.9,
      );
      assert.equal(BigInt.asUintN(64, bits), fingerprintOf([moved.slice(), faster.slice()]));
      assert.equal(BigInt.asUintN(64, kernels.sumBits(moved.byteOffset, p.length)), fingerprintOf([moved.slice()]));
      assert.equal(kernels.allFinite.value, 1);
    }),
  );
});

test('a number that is not finite is noticed wherever it is', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (let length = 1; length < 10; length++) {
      for (let at = 0; at < length; at++) {
        const numbers = new Float32Array(length).fill(1);
        numbers[at] = bad;
        for (const source of [0, 1, 2]) {
          const [p, v, g] = [0, 1, 2].map(i => place(i, i === source ? numbers : new Float32Array(length).fill(1)));
          kernels.nesterov(p!.byteOffset, v!.byteOffset, g!.byteOffset, 8192, 16384, length, 0.001, 0);
          assert.equal(kernels.allFinite.value, 0, `${bad} at ${at} of ${length} in ${['p', 'v', 'g'][source]}`);
          kernels.allFinite.value = 1;
        }
        kernels.sumBits(place(0, numbers).byteOffset, length);
        assert.equal(kernels.allFinite.value, 0, `${bad} at ${at} of ${length}`);
        kernels.allFinite.value = 1;
      }
    }
  }
});
