import assert from 'node:assert/strict';
import type { Tensor } from '@tensorflow/tfjs-node';
import type { Operation } from '../../../src/model/shard.js';
import { runLayer, runPlain, type Setting, type Tensors, tf } from './runLayer.js';

/** Every difference is at most `tolerance` of the largest value. */
export function assertTensorsClose(actual: Tensor, expected: Tensor, what: string, tolerance = 2e-5): void {
  assert.equal(actual.size, expected.size, `size of ${what}`);
  const wanted = tf.reshape(expected, actual.shape);
  const largest = Math.max(tf.max(tf.abs(wanted)).dataSync()[0]!, 1e-3);
  const difference = tf.max(tf.abs(tf.sub(actual, wanted))).dataSync()[0]!;
  assert.ok(difference <= tolerance * largest, `${what}: off by ${difference}, of at most ${largest}`);
}

/** The layer gives what `plain` gives, and its gradients are tfjs's derivatives of `plain`. */
export function assertSameAsPlain(
  layer: Operation,
  plain: (all: Tensors) => Tensor,
  parameters: Tensors,
  x: Tensor,
  dy: Tensor,
  setting: Setting = {},
) {
  const actual = runLayer(layer, parameters, x, dy, setting);
  const expected = runPlain(plain, parameters, x, tf.reshape(dy, plain({ ...parameters, x }).shape));
  assertTensorsClose(actual.output, expected.output, 'output');
  for (const [name, gradient] of Object.entries(actual.gradients)) {
    assertTensorsClose(gradient, expected.gradients[name]!, `gradient of ${name}`);
  }
  return actual;
}

/**
 * Gradients against slopes, at three elements of every parameter and of x: sum(output · dy) changes with the element as
 * its gradient says, to 2 % of the largest gradient (what float32 and a step of 0.002 leave).
 */
export function assertSlopes(
  layer: Operation,
  parameters: Tensors,
  x: Tensor,
  dy: Tensor,
  setting: Setting = {},
): void {
  const inputs: Tensors = { ...parameters, x };
  const value = (changed: Tensors) => {
    const { x: at, ...rest } = { ...inputs, ...changed };
    const { output } = runLayer(layer, rest, at!, dy, setting);
    // In doubles: the sum of thousands of float32 has no digits left for a slope.
    const [a, b] = [output.dataSync<'float32'>(), dy.dataSync<'float32'>()];
    return a.reduce((sum, element, i) => sum + element * b[i]!, 0);
  };
  const { gradients } = runLayer(layer, parameters, x, dy, setting);
  for (const [name, gradient] of Object.entries(gradients)) {
    const slopes = gradient.dataSync<'float32'>();
    const largest = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
    const input = inputs[name]!;
    for (const part of [0, 0.37, 0.71]) {
      const at = Math.floor(part * input.size);
      const moved = (by: number) => {
        const data = input.dataSync().slice();
        data[at]! += by;
        return { [name]: tf.tensor(data, input.shape) };
      };
      const h = 2e-3;
      const slope = (value(moved(h)) - value(moved(-h))) / (2 * h);
      const difference = Math.abs(slope - slopes[at]!);
      assert.ok(difference <= 0.02 * largest, `${name}[${at}]: slope ${slope}, gradient ${slopes[at]}, of ${largest}`);
    }
  }
}
