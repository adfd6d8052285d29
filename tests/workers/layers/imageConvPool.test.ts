import { test } from 'node:test';
import { convPool } from '../plainStep.js';
import { assertSameAsPlain, assertSlopes } from './assertLayer.js';
import { findOperation, randomNormal, type Tensors, tf } from './runLayer.js';

const plain = (p: Tensors) => convPool(p.x!, p.kernel!, p.bias!, 'same');
const layer = findOperation('discriminator/conv_1');
const depth = layer.outputShape[2]!;
const parameters = { kernel: randomNormal([5, 5, 1, depth], 1, 0.05), bias: randomNormal([depth], 2, 0.1) };

test('imageConvPool is convolution, tanh and max pooling of tfjs, forward and backward', () => {
  const [x, dy] = [randomNormal([3, ...layer.inputShape], 3), randomNormal([3, ...layer.outputShape], 4)];
  assertSameAsPlain(layer, plain, parameters, x, dy);
});

test('of equal maxima the first has the gradient, as in tfjs and Keras', () => {
  const x = tf.concat([tf.fill([1, 28, 28, 1], -1), tf.round(randomNormal([1, 28, 28, 1], 3))], 0);
  const coarse = { kernel: tf.round(tf.mul(randomNormal([5, 5, 1, depth], 1), 2)), bias: tf.zeros([depth]) };
  const halves = { ...coarse, kernel: tf.div(coarse.kernel, 64) };
  assertSameAsPlain(layer, plain, halves, x as never, randomNormal([2, ...layer.outputShape], 4));
});

test('the gradients are slopes', () => {
  const small = { ...layer, inputShape: [8, 6, 1], outputShape: [4, 3, 3] };
  const few = { kernel: randomNormal([5, 5, 1, 3], 1, 0.3), bias: randomNormal([3], 2, 0.1) };
  assertSlopes(small, few, randomNormal([2, 8, 6, 1], 3), randomNormal([2, 4, 3, 3], 4));
});
