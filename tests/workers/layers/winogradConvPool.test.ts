import { test } from 'node:test';
import { convPool } from '../plainStep.js';
import { assertSameAsPlain, assertSlopes, assertTensorsClose } from './assertLayer.js';
import { findOperation, randomNormal, runLayer, runPlain, type Tensors, tf } from './runLayer.js';

const plain = (p: Tensors) => convPool(p.x!, p.kernel!, p.bias!, 'valid');
const layer = findOperation('discriminator/conv_2');
const parameters = { kernel: randomNormal([5, 5, 64, 128], 1, 0.05), bias: randomNormal([128], 2, 0.1) };

for (const images of [1, 4, 6, 9])
  test(`${images} images: winogradConvPool is convolution, tanh and max pooling of tfjs, forward and backward`, () => {
    const [x, dy] = [randomNormal([images, ...layer.inputShape], 3), randomNormal([images, ...layer.outputShape], 4)];
    assertSameAsPlain(layer, plain, parameters, x, dy);
  });

test('the gradients are slopes', () => {
  const small = { ...layer, inputShape: [8, 10, 4], outputShape: [2, 3, 3] };
  const few = { kernel: randomNormal([5, 5, 4, 3], 1, 0.3), bias: randomNormal([3], 2, 0.1) };
  const [x, dy] = [randomNormal([2, ...small.inputShape], 3), randomNormal([2, ...small.outputShape], 4)];
  assertSlopes(small, few, x, dy);
});

test('on a flat background, where rounding alone chooses the maximum, the kernel and the bias have the same gradient', () => {
  const flat = tf.fill([2, ...layer.inputShape], -0.5);
  const dy = randomNormal([2, ...layer.outputShape], 4);
  const actual = runLayer(layer, parameters, flat, dy);
  const expected = runPlain(plain, parameters, flat, dy);
  assertTensorsClose(actual.gradients.kernel!, expected.gradients.kernel!, 'gradient of the kernel');
  assertTensorsClose(actual.gradients.bias!, expected.gradients.bias!, 'gradient of the bias');
});
