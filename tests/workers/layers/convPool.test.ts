import { describe, test } from 'node:test';
import { convPool } from '../plainStep.js';
import { assertSameAsPlain, assertSlopes, assertTensorsClose } from './assertLayer.js';
import { findLayer, randomNormal, runLayer, runPlain, type Tensors, tf } from './runLayer.js';

const plain = (padding: 'same' | 'valid') => (p: Tensors) => convPool(p.x!, p.kernel!, p.bias!, padding);

for (const [name, padding] of [
  ['discriminator/conv_1', 'same'],
  ['discriminator/conv_2', 'valid'],
] as const) {
  const layer = findLayer(name);
  const { inputShape, outputShape } = layer;
  const [from, to] = [inputShape[2]!, outputShape[2]!];
  const parameters = { kernel: randomNormal([5, 5, from, to], 1, 0.05), bias: randomNormal([to], 2, 0.1) };

  test(`${name} is convolution, tanh and max pooling of tfjs, forward and backward`, () => {
    const [x, dy] = [randomNormal([2, ...inputShape], 3), randomNormal([2, ...outputShape], 4)];
    assertSameAsPlain(layer, plain(padding), parameters, x, dy);
  });
}

test('the gradients are slopes', () => {
  const one = { ...findLayer('discriminator/conv_1'), inputShape: [8, 6, 1], outputShape: [4, 3, 3] };
  const two = { ...findLayer('discriminator/conv_2'), inputShape: [8, 10, 2], outputShape: [2, 3, 3] };
  for (const layer of [one, two]) {
    const kernel = randomNormal([5, 5, layer.inputShape[2]!, 3], 1, 0.3);
    const bias = randomNormal([3], 2, 0.1);
    const [x, dy] = [randomNormal([2, ...layer.inputShape], 3), randomNormal([2, ...layer.outputShape], 4)];
    assertSlopes(layer, { kernel, bias }, x, dy);
  }
});

describe('equal maxima share the gradient', () => {
  const layer = { ...findLayer('discriminator/conv_1'), inputShape: [4, 4, 1], outputShape: [2, 2, 1] };
  // The kernel passes the image on as it is.
  const kernel = tf.tensor(
    Float32Array.from({ length: 25 }, (_, i) => Number(i === 12)),
    [5, 5, 1, 1],
  );
  const parameters = { kernel, bias: tf.zeros([1]) };
  const dy = tf.tensor([1, 2, 3, 4], [1, 2, 2, 1]);

  test('two maxima of a window have half of its gradient each, three a third, and the others nothing', () => {
    const x = [
      [1, 0, 1, 0],
      [0, 1, 0, 0],
      [1, 1, 0, 0],
      [1, 0, 0, 1],
    ];
    const shares = [
      [1 / 2, 0, 2, 0],
      [0, 1 / 2, 0, 0],
      [1, 1, 0, 0],
      [1, 0, 0, 4],
    ];
    const { gradients } = runLayer(layer, parameters, tf.tensor([x]).reshape([1, 4, 4, 1]), dy);
    const expected = tf.mul(tf.tensor(shares), 1 - Math.tanh(1) ** 2);
    assertTensorsClose(gradients.x!, expected.reshape([1, 4, 4, 1]), 'gradient of x');
  });

  test('on a flat background the kernel and the bias have the gradient that choosing one maximum gives', () => {
    const valid = { ...findLayer('discriminator/conv_2'), inputShape: [8, 8, 1], outputShape: [2, 2, 1] };
    const flat = tf.fill([1, 8, 8, 1], -0.5);
    const actual = runLayer(valid, parameters, flat, dy);
    const expected = runPlain(plain('valid'), parameters, flat, dy);
    assertTensorsClose(actual.gradients.kernel!, expected.gradients.kernel!, 'gradient of the kernel');
    assertTensorsClose(actual.gradients.bias!, expected.gradients.bias!, 'gradient of the bias');
  });
});
