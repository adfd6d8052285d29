import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node';
import { assertSameAsPlain, assertSlopes, assertTensorsClose } from './assertLayer.js';
import { findOperation, randomNormal, runLayer, type Tensors, tf } from './runLayer.js';

const layer = findOperation('generator/batch_norm');
const trained = { gamma: randomNormal([12], 1), beta: randomNormal([12], 2) };
const moving = { moving_mean: randomNormal([12], 3), moving_variance: tf.square(randomNormal([12], 4)) };
const x = tf.add(tf.mul(randomNormal([9, 12], 5), 3), 2);
const dy = randomNormal([9, 12], 6);

const normalise = (p: Tensors, mean: Tensor, variance: Tensor) =>
  tf.tanh(tf.add(tf.mul(tf.div(tf.sub(p.x!, mean), tf.sqrt(tf.add(variance, 1e-3))), p.gamma!), p.beta!));

test('batch norm in training uses the statistics of the batch, and its gradients go through them', () => {
  const plain = (p: Tensors) => {
    const { mean, variance } = tf.moments(p.x!, 0);
    return normalise(p, mean, variance);
  };
  const parameters = { ...moving, ...trained };
  assertSameAsPlain(layer, plain, parameters, x, dy, { statistics: 'batch' });
  assertSlopes(layer, parameters, x, dy, { statistics: 'batch' });
});

test('training moves the moving statistics by a hundredth, towards the variance of the population', () => {
  const { replaced } = runLayer(layer, { ...trained, ...moving }, x, dy, { statistics: 'batch' });
  const { mean, variance } = tf.moments(x, 0);
  const moved = (old: Tensor, now: Tensor) => tf.add(tf.mul(old, 0.99), tf.mul(now, 0.01));
  assertTensorsClose(replaced.moving_mean!, moved(moving.moving_mean, mean), 'moving mean');
  assertTensorsClose(replaced.moving_variance!, moved(moving.moving_variance, variance), 'moving variance');
});

test('batch norm in inference uses the moving statistics and leaves them', () => {
  const { output, replaced } = runLayer(layer, { ...trained, ...moving }, x, dy);
  const expected = normalise({ ...trained, x }, moving.moving_mean, moving.moving_variance);
  assertTensorsClose(output, expected, 'output');
  assert.deepEqual(replaced, {});
});
