import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareEngineEnvironment } from '../../../src/shared/engine.js';
import type { Tensor } from '../../../src/workers/tensorflow/tensors.js';

prepareEngineEnvironment();
const { countTensors, dispose, fromArray, keep, tidy } = await import('../../../src/workers/tensorflow/tensors.js');
const { add, reshape, slice, warmUp } = await import('../../../src/workers/tensorflow/ops.js');

warmUp();
const make = (value: number) => fromArray(Float32Array.of(value, value), [2]);
/** How many more tensors TensorFlow has after `work`. */
function left(work: () => void): number {
  const before = countTensors();
  work();
  return countTensors() - before;
}

test('a tidy frees what it made, but for what it returns, which belongs to the tidy around', () => {
  assert.equal(
    left(() =>
      tidy(() => {
        const inside = left(() => {
          const [sum, other] = tidy(() => [add(make(1), make(2)), make(3)]);
          assert.deepEqual([...sum!.read(), ...other!.read()], [3, 3, 3, 3]);
        });
        assert.equal(inside, 2);
        assert.equal(
          left(() => tidy(() => add(make(1), make(2)))),
          1,
        );
      }),
    ),
    0,
  );
});

test('what is kept stays until it is disposed of', () => {
  const all: Tensor[] = [];
  assert.equal(
    left(() =>
      tidy(() => {
        // One is returned, one is not.
        tidy(() => all.push(keep(make(1))));
        all.push(tidy(() => keep(make(2))));
      }),
    ),
    2,
  );
  assert.deepEqual(
    all.map(tensor => tensor.read()[0]),
    [1, 2],
  );
  assert.equal(
    left(() => dispose(all)),
    -2,
  );
});

test('work that fails leaves nothing, and what is made afterwards belongs to the tidy around', () => {
  const fail = () =>
    tidy(() => {
      make(1);
      throw new Error('no');
    });
  assert.equal(
    left(() =>
      tidy(() => {
        assert.throws(fail, /^Error: no$/);
        make(2);
      }),
    ),
    0,
  );
});

test('what would change nothing is not run', () => {
  tidy(() => {
    const a = fromArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    for (const shape of [
      [2, 3],
      [-1, 3],
    ])
      assert.equal(reshape(a, shape), a);
    assert.equal(slice(a, [0, 0], [-1, 3]), a);
    assert.deepEqual(reshape(a, [3, -1]).shape, [3, 2]);
    assert.deepEqual(reshape(a, [2, 3, 1]).shape, [2, 3, 1]);
    assert.deepEqual([...slice(a, [0, 1], [-1, -1]).read()], [2, 3, 5, 6]);
    assert.deepEqual([...slice(a, [1, 0], [1, -1]).read()], [4, 5, 6]);
  });
});

test('an operation that TensorFlow refuses says why', () => {
  assert.throws(() => tidy(() => add(make(1), fromArray(new Float32Array(3), [3]))), /[Ii]ncompatible shapes/);
});
