/**
 * On a processor without its instructions TensorFlow emulates bfloat16: slowly, and rounding
 * otherwise, but in the same order.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Precision } from '../../src/config/config.js';
import { matMul, usePrecision } from '../../src/workers/tensorflow/products.js';
import { countTensors, fromArray, tidy } from '../../src/workers/tensorflow/tensors.js';
import { thread } from '../../src/workers/thread.js';
import { fingerprints, runStep, startPool } from './startPool.js';

async function train(t: TestContext, ranks: number, precision: Precision) {
  const pool = await startPool(t, { ranks, slices: 4, batchSize: 8, precision });
  const losses: number[] = [];
  for (let step = 0; step < 2; step++) losses.push(...Object.values(await runStep(pool, { step })));
  const left = fingerprints(pool);
  await pool.close();
  return { losses, ...left };
}

test('in bfloat16 a step leaves the same bytes with 1, 2 and 3 workers, near those of float32 and not the same', async t => {
  const expected = await train(t, 1, 'bfloat16');
  for (const ranks of [2, 3]) assert.deepEqual(await train(t, ranks, 'bfloat16'), expected, `${ranks} workers`);
  const exact = await train(t, 1, 'float32');
  const gaps = expected.losses.map((loss, i) => Math.abs(loss - exact.losses[i]!));
  assert.ok(Math.max(...gaps) < 0.02, `${gaps}`);
  assert.ok(Math.min(...gaps) > 1e-7, `${gaps}`);
});

test('products in bfloat16 count as arithmetic, and leave nothing behind', () => {
  usePrecision('bfloat16');
  try {
    const matrix = fromArray(new Float32Array(64 * 64).fill(1), [64, 64]);
    const before = thread.arithmeticMs;
    const tensors = countTensors();
    assert.equal(
      tidy(() => matMul(matrix, matrix).read()[0]),
      64,
    );
    assert.ok(thread.arithmeticMs > before);
    assert.equal(countTensors(), tensors);
  } finally {
    usePrecision('float32');
  }
});
