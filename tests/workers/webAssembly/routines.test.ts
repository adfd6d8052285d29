import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from '../../../src/model/comparison/fingerprint.js';
import { loadRoutines } from '../../../src/workers/webAssembly/routines.js';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const routines = loadRoutines(memory);

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
      const bits = routines.nesterov(
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
      assert.equal(BigInt.asUintN(64, routines.sumBits(moved.byteOffset, p.length)), fingerprintOf([moved.slice()]));
      assert.equal(routines.allFinite.value, 1);
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
          routines.nesterov(p!.byteOffset, v!.byteOffset, g!.byteOffset, 8192, 16384, length, 0.001, 0);
          assert.equal(routines.allFinite.value, 0, `${bad} at ${at} of ${length} in ${['p', 'v', 'g'][source]}`);
          routines.allFinite.value = 1;
        }
        routines.sumBits(place(0, numbers).byteOffset, length);
        assert.equal(routines.allFinite.value, 0, `${bad} at ${at} of ${length}`);
        routines.allFinite.value = 1;
      }
    }
  }
});

/** The tree, said another way: a summand joins the node to its left as long as both have as many summands. */
function sumAsTree(summands: readonly number[]): number {
  const nodes: { size: number; sum: number }[] = [];
  const join = () => {
    const [right, left] = [nodes.pop()!, nodes.pop()!];
    nodes.push({ size: left.size + right.size, sum: Math.fround(left.sum + right.sum) });
  };
  for (const summand of summands) {
    nodes.push({ size: 1, sum: Math.fround(summand) });
    while (nodes.length > 1 && nodes.at(-1)!.size === nodes.at(-2)!.size) join();
  }
  while (nodes.length > 1) join();
  return nodes[0]!.sum;
}

test('slices are summed in pairs, pairs of pairs and so on, and a rest last, for any number and any cut of a matrix', () => {
  const drawn = fc.record({
    slices: fc.integer({ min: 1, max: 64 }),
    rows: fc.integer({ min: 1, max: 3 }),
    columns: fc.integer({ min: 1, max: 9 }),
    left: fc.integer({ min: 0, max: 3 }),
    right: fc.integer({ min: 0, max: 3 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(drawn, ({ slices, rows, columns, left, right, seed }) => {
      const width = left + columns + right;
      const step = rows * width + 16;
      const summands = new Float32Array(memory.buffer, 1024, slices * step);
      for (let i = 0; i < summands.length; i++) summands[i] = Math.sin(seed + i) * 10 ** (i % 7);
      const sums = new Float32Array(memory.buffer, 49_152, rows * columns + 1).fill(7);
      const from = summands.byteOffset + 4 * left;
      routines.sumSlices(from, 4 * step, slices, sums.byteOffset, rows, 4 * width, columns);
      const at = (slice: number, i: number) =>
        summands[slice * step + Math.floor(i / columns) * width + left + (i % columns)]!;
      const expected = Array.from({ length: rows * columns }, (_, i) =>
        sumAsTree(Array.from({ length: slices }, (_, slice) => at(slice, i))),
      );
      assert.deepEqual([...sums], [...expected, 7]);
    }),
  );
});
