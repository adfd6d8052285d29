import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DivergenceError } from '../../../src/shared/errors.js';
import { hash, runStep, startPool } from '../../workers/startPool.js';

/** One number of the initial state is replaced; the step must fail with this message, and must not count. */
async function assertDiverges(t: TestContext, tensor: string, value: number, fields: object, message: string) {
  const pool = await startPool(t, { batchSize: 8 });
  pool.current[pool.layout.rangeOf(tensor).start] = value;
  const before = hash(pool.current);
  await assert.rejects(runStep(pool, { step: 7 }), (error: DivergenceError) => {
    assert.ok(error instanceof DivergenceError);
    assert.equal(
      error.message,
      `training diverged: in step 7 ${message}. The step was not kept. Start a new run with a smaller training.learningRate, or with other data`,
    );
    const { step, network, tensor } = error;
    assert.deepEqual({ step, network, tensor }, { step: 7, ...fields });
    return true;
  });
  assert.equal(hash(pool.current), before);
}

test('a loss that is not finite fails the step, naming the network', t =>
  assertDiverges(
    t,
    'discriminator/dense_2/bias',
    Number.NaN,
    { network: 'discriminator', tensor: undefined },
    'the loss of the discriminator is not finite',
  ));

test('a gradient that is not finite fails the step, though the losses are', t =>
  // tanh takes any number, but batch norm's gradient is multiplied by gamma / standard deviation.
  assertDiverges(
    t,
    'generator/batch_norm/gamma',
    3e38,
    { network: 'generator', tensor: 'generator/dense_1/kernel' },
    'the gradient of generator/dense_1/kernel is not finite (nor are those of 3 more of its tensors)',
  ));

test('a velocity that is not finite fails the step, naming its parameter', t =>
  assertDiverges(
    t,
    'velocity/generator/dense_2/kernel',
    Number.POSITIVE_INFINITY,
    { network: 'generator', tensor: 'generator/dense_2/kernel' },
    'generator/dense_2/kernel is not finite',
  ));

test('a convolution whose update is not finite fails the step', t =>
  assertDiverges(
    t,
    'velocity/discriminator/conv_2/kernel',
    Number.NaN,
    { network: 'discriminator', tensor: 'discriminator/conv_2/kernel' },
    'discriminator/conv_2/kernel is not finite',
  ));

test('a moving statistic that is not finite fails the step', t =>
  assertDiverges(
    t,
    'generator/batch_norm/moving_variance',
    Number.POSITIVE_INFINITY,
    { network: 'generator', tensor: 'generator/batch_norm/moving_variance' },
    'generator/batch_norm/moving_variance is not finite',
  ));

test('a pool goes on after a step that failed, once its numbers are good', async t => {
  const pool = await startPool(t, { batchSize: 8 });
  const place = pool.layout.rangeOf('velocity/generator/dense_1/kernel').start;
  pool.current[place] = Number.NaN;
  await assert.rejects(runStep(pool, { step: 0 }), DivergenceError);
  pool.current[place] = 0;
  const other = await startPool(t, { batchSize: 8 });
  assert.deepEqual(await runStep(pool, { step: 0 }), await runStep(other, { step: 0 }));
  assert.equal(hash(pool.current), hash(other.current));
});
