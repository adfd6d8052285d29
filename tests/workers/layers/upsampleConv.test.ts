import { test } from 'node:test';
import { upsampleConv } from '../plainStep.js';
import { assertSameAsPlain, assertSlopes } from './assertLayer.js';
import { findOperation, randomNormal, type Tensors } from './runLayer.js';

const plain = (p: Tensors) => upsampleConv(p.x!, p.kernel!, p.bias!);

for (const name of ['generator/conv_1', 'generator/conv_2']) {
  test(`${name} is nearest upsampling, convolution and tanh of tfjs, forward and backward`, () => {
    const { inputShape, outputShape, ...rest } = findOperation(name);
    const layer = { ...rest, inputShape, outputShape };
    const [from, to] = [inputShape[2]!, outputShape[2]!];
    const parameters = { kernel: randomNormal([5, 5, from, to], 1, 0.03), bias: randomNormal([to], 2, 0.1) };
    const [x, dy] = [randomNormal([2, ...inputShape], 3), randomNormal([2, ...outputShape], 4)];
    assertSameAsPlain(layer, plain, parameters, x, dy);
  });
}

test('the gradients are slopes', () => {
  const layer = { ...findOperation('generator/conv_1'), inputShape: [4, 3, 2], outputShape: [8, 6, 3] };
  const parameters = { kernel: randomNormal([5, 5, 2, 3], 1, 0.1), bias: randomNormal([3], 2, 0.1) };
  assertSlopes(layer, parameters, randomNormal([2, 4, 3, 2], 3), randomNormal([2, 8, 6, 3], 4));
});
