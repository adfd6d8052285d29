import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dense } from '../plainStep.js';
import { assertSameAsPlain, assertSlopes, assertTensorsClose } from './assertLayer.js';
import { findOperation, randomNormal, runLayer, tf } from './runLayer.js';

const parameters = { kernel: randomNormal([30, 12], 1, 0.2), bias: randomNormal([12], 2) };
const [x, dy] = [randomNormal([9, 30], 3), randomNormal([9, 12], 4)];

test('a dense layer with tanh is that of tfjs, forward and backward', () => {
  const layer = findOperation('generator/dense_1');
  assertSameAsPlain(layer, p => tf.tanh(dense(p.x!, p.kernel!, p.bias!)), parameters, x, dy);
  assertSlopes(layer, parameters, x, dy);
});

test('a linear dense layer is that of tfjs, forward and backward', () => {
  const layer = findOperation('generator/dense_2');
  assertSameAsPlain(layer, p => dense(p.x!, p.kernel!, p.bias!), parameters, x, dy);
  assertSlopes(layer, parameters, x, dy);
});

test('the last layer gives summands: those of two slices add up to the layer of tfjs, with the bias once', () => {
  const layer = findOperation('discriminator/dense_2');
  const [kernel, bias] = [randomNormal([30, 1], 5), randomNormal([1], 6)];
  const dLogits = randomNormal([9, 1], 7);
  const halves = [0, 1].map(slice => {
    const [columns, rows] = [tf.slice(x, [0, 15 * slice], [9, 15]), tf.slice(kernel, [15 * slice, 0], [15, 1])];
    // There is one bias, and the first slice owns it.
    return runLayer(layer, slice === 0 ? { kernel: rows, bias } : { kernel: rows }, columns, dLogits);
  });
  const whole = assertSameAsPlain(layer, p => dense(p.x!, p.kernel!, p.bias!), { kernel, bias }, x, dLogits);
  assertTensorsClose(tf.add(halves[0]!.output, halves[1]!.output), whole.output, 'sum of the summands');
  const [first, second] = halves.map(({ gradients }) => gradients);
  assertTensorsClose(tf.concat([first!.x!, second!.x!], 1), whole.gradients.x!, 'gradient of x');
  assert.ok('bias' in first! && !('bias' in second!), 'only the first slice owns the bias');
});

test('a dense layer by rows gives summands without the bias, which comes when they are summed', () => {
  const [rows, bias] = [findOperation('discriminator/dense_1'), findOperation('bias of discriminator/dense_1')];
  const halves = [0, 1].map(slice => {
    const [columns, kernel] = [
      tf.slice(x, [0, 15 * slice], [9, 15]),
      tf.slice(parameters.kernel, [15 * slice, 0], [15, 12]),
    ];
    return assertSameAsPlain(rows, p => tf.matMul(p.x as never, p.kernel as never), { kernel }, columns, dy);
  });
  const sum = tf.add(halves[0]!.output, halves[1]!.output);
  const plain = assertSameAsPlain(bias, p => tf.tanh(tf.add(p.x!, p.bias!)), { bias: parameters.bias }, sum, dy);
  const all = tf.tanh(dense(x, parameters.kernel, parameters.bias));
  assertTensorsClose(plain.output, all, 'the whole layer');
});
