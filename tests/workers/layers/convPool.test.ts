import { describe, test } from 'node:test';
import { convPool as plainConvPool } from '../plainStep.js';
import { assertSameAsPlain, assertSlopes, assertTensorsClose } from './assertLayer.js';
import { findLayer, randomNormal, runLayer, runPlain, type Tensors, tf } from './runLayer.js';

// It loads the engine.
const { convPool } = await import('../../../src/workers/layers/convPool.js');
const setting = { implementation: convPool };

const plain = (p: Tensors) => plainConvPool(p.x!, p.kernel!, p.bias!, 'valid');
const layer = findLayer('discriminator/conv_2');

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

describe('equal maxima share the gradient', () => {
  const small = { ...layer, inputShape: [8, 8, 1], outputShape: [2, 2, 1] };
  // The kernel passes the middle of the image on as it is.
  const kernel = tf.tensor(
    Float32Array.from({ length: 25 }, (_, i) => Number(i === 12)),
    [5, 5, 1, 1],
  );
  const parameters = { kernel, bias: tf.zeros([1]) };
  const dy = tf.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
  const framed = (middle: number[][] | ReturnType<typeof tf.mul>) =>
    tf.pad(tf.reshape(middle as number[][], [1, 4, 4, 1]), [
      [0, 0],
      [2, 2],
      [2, 2],
      [0, 0],
    ]);

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
    const { gradients } = runLayer(small, parameters, framed(x), dy, setting);
    const expected = framed(tf.mul(tf.tensor(shares), 1 - Math.tanh(1) ** 2));
    assertTensorsClose(gradients.x!, expected, 'gradient of x');
  });

  test('on a flat background the kernel and the bias have the gradient that choosing one maximum gives', () => {
    const flat = tf.fill([1, 8, 8, 1], -0.5);
    const actual = runLayer(small, parameters, flat, dy, setting);
    const expected = runPlain(plain, parameters, flat, dy);
    assertTensorsClose(actual.gradients.kernel!, expected.gradients.kernel!, 'gradient of the kernel');
    assertTensorsClose(actual.gradients.bias!, expected.gradients.bias!, 'gradient of the bias');
  });
});
