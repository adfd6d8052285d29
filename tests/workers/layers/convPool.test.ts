import { test } from 'node:test';
import { convPool as plainConvPool } from '../plainStep.js';
import { assertSameAsPlain, assertSlopes } from './assertLayer.js';
import { findOperation, randomNormal, type Tensors, tf } from './runLayer.js';

// It loads the engine.
const { convPool } = await import('../../../src/workers/layers/convPool.js');
const setting = { implementation: convPool };

const plain = (p: Tensors) => plainConvPool(p.x!, p.kernel!, p.bias!, 'valid');
const layer = findOperation('discriminator/conv_2');

test('convPool is convolution, tanh and max pooling of tfjs, forward and backward', () => {
  const [from, to] = [layer.inputShape[2]!, layer.outputShape[2]!];
  const parameters = { kernel: randomNormal([5, 5, from, to], 1, 0.05), bias: randomNormal([to], 2, 0.1) };
  const [x, dy] = [randomNormal([2, ...layer.inputShape], 3), randomNormal([2, ...layer.outputShape], 4)];
  assertSameAsPlain(layer, plain, parameters, x, dy, setting);
});

test('the gradients are slopes', () => {
  const small = { ...layer, inputShape: [8, 10, 2], outputShape: [2, 3, 3] };
  const parameters = { kernel: randomNormal([5, 5, 2, 3], 1, 0.3), bias: randomNormal([3], 2, 0.1) };
  const [x, dy] = [randomNormal([2, ...small.inputShape], 3), randomNormal([2, ...small.outputShape], 4)];
  assertSlopes(small, parameters, x, dy, setting);
});

test('of equal maxima the first has the gradient, as in tfjs and Keras', () => {
  const [from, to] = [layer.inputShape[2]!, layer.outputShape[2]!];
  const x = tf.concat([tf.fill([1, ...layer.inputShape], -1), tf.round(randomNormal([1, ...layer.inputShape], 3))], 0);
  const kernel = tf.div(tf.round(tf.mul(randomNormal([5, 5, from, to], 1), 2)), 1024);
  const dy = randomNormal([2, ...layer.outputShape], 4);
  assertSameAsPlain(layer, plain, { kernel, bias: tf.zeros([to]) }, x as never, dy, setting);
});
