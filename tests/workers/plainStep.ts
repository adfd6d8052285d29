/**
 * The DCGAN step as one would write it first: one thread, the whole batch at once, tfjs's own layers and derivatives.
 * Slow, and it shares nothing with src/workers but the names of the tensors: what the step is compared with.
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node';
import { initialTensor } from '../../src/model/initial.js';
import { uniform } from '../../src/model/philox.js';
import { referencePlan } from '../../src/model/plan.js';
import { loadEngine, prepareEngineEnvironment } from '../../src/shared/engine.js';

prepareEngineEnvironment();
const tf = loadEngine();

const { tensors, model } = referencePlan();
const { latentSize } = model;

/** Parameters, moving statistics and velocities by name. */
export type PlainState = Map<string, Tensor>;
type Parameters = Record<string, Tensor>;

export interface PlainOrder {
  step: number;
  seed: number;
  discriminatorSteps: number;
  learningRate: number;
  momentum: number;
}

export function initialState(seed: number): PlainState {
  const state: PlainState = new Map();
  for (const [place, { name, shape, role, initial }] of tensors.entries()) {
    state.set(name, tf.tensor(initialTensor(seed, place, shape, initial), [...shape]));
    if (role === 'parameter') state.set(`velocity/${name}`, tf.zeros([...shape]));
  }
  return state;
}

/** @param grey `[batch, 28, 28, 1]` grey values; @returns both losses, and D's mean verdicts before its last update */
export function plainStep(state: PlainState, grey: Uint8Array, order: PlainOrder) {
  const batch = grey.length / 784;
  const { seed, step } = order;
  const noise = (stream: number) => tf.tensor2d(uniform(seed, stream, step, batch * latentSize), [batch, latentSize]);
  const real = tf.div(tf.sub(tf.tensor4d(Float32Array.from(grey), [batch, 28, 28, 1]), 127.5), 127.5) as Tensor4D;

  let [dLoss, dReal, dFake] = [Number.NaN, Number.NaN, Number.NaN];
  for (let turn = 0; turn < order.discriminatorSteps; turn++) {
    dLoss = tf.tidy(() => {
      const fake = generate(Object.fromEntries(state), noise(32 * turn), false).images;
      const verdict = (images: Tensor) => tf.mean(tf.sigmoid(judge(Object.fromEntries(state), images))).dataSync()[0]!;
      [dReal, dFake] = [verdict(real), verdict(fake)];
      const labels = tf.concat([tf.ones([batch, 1]), tf.zeros([batch, 1])]);
      return descend(state, 'discriminator', order, parameters =>
        crossEntropy(judge(parameters, tf.concat([real, fake])), labels),
      );
    });
  }
  const gLoss = tf.tidy(() => {
    const z = noise(1);
    const { mean, variance } = generate(Object.fromEntries(state), z, true);
    const loss = descend(state, 'generator', order, parameters =>
      crossEntropy(judge(parameters, generate(parameters, z, true).images), tf.ones([batch, 1])),
    );
    for (const [name, now] of Object.entries({ moving_mean: mean, moving_variance: variance })) {
      const old = state.get(`generator/batch_norm/${name}`)!;
      replace(state, `generator/batch_norm/${name}`, tf.add(tf.mul(old, 0.99), tf.mul(now, 0.01)));
    }
    return loss;
  });
  real.dispose();
  return { dLoss, gLoss, dReal, dFake };
}

/** One Nesterov update of the trainable tensors of one network; the loss before it. */
function descend(state: PlainState, network: string, order: PlainOrder, loss: (all: Parameters) => Tensor): number {
  const names = tensors.filter(t => t.role === 'parameter' && t.network === network).map(t => t.name);
  const lossOf = (...trained: Tensor[]) =>
    loss({ ...Object.fromEntries(state), ...Object.fromEntries(names.map((name, i) => [name, trained[i]!])) });
  const { value, grads } = tf.valueAndGrads(lossOf as never)(names.map(name => state.get(name)!));
  for (const [i, name] of names.entries()) {
    const step = tf.mul(grads[i]!, order.learningRate);
    const velocity = tf.sub(tf.mul(state.get(`velocity/${name}`)!, order.momentum), step);
    replace(state, name, tf.sub(tf.add(state.get(name)!, tf.mul(velocity, order.momentum)), step));
    replace(state, `velocity/${name}`, velocity);
  }
  return value.dataSync()[0]!;
}

function replace(state: PlainState, name: string, value: Tensor): void {
  state.get(name)!.dispose();
  state.set(name, tf.keep(value));
}

/** z `[n, 100]` → images `[n, 28, 28, 1]`, and the statistics of batch norm's input. */
function generate(p: Parameters, z: Tensor2D, training: boolean) {
  const at = (name: string) => p[`generator/${name}`]!;
  const h = dense(
    tf.tanh(dense(z, at('dense_1/kernel'), at('dense_1/bias'))),
    at('dense_2/kernel'),
    at('dense_2/bias'),
  );
  const { mean, variance } = training
    ? tf.moments(h, 0)
    : { mean: at('batch_norm/moving_mean'), variance: at('batch_norm/moving_variance') };
  const normalised = tf.div(tf.sub(h, mean), tf.sqrt(tf.add(variance, 1e-3)));
  const x = tf.tanh(tf.add(tf.mul(normalised, at('batch_norm/gamma')), at('batch_norm/beta')));
  const small = upsampleConv(tf.reshape(x, [-1, 7, 7, 128]), at('conv_1/kernel'), at('conv_1/bias'));
  return { images: upsampleConv(small, at('conv_2/kernel'), at('conv_2/bias')), mean, variance };
}

/** Images `[n, 28, 28, 1]` → logits `[n, 1]`. */
function judge(p: Parameters, images: Tensor): Tensor {
  const at = (name: string) => p[`discriminator/${name}`]!;
  const first = convPool(images, at('conv_1/kernel'), at('conv_1/bias'), 'same');
  const second = convPool(first, at('conv_2/kernel'), at('conv_2/bias'), 'valid');
  const h = tf.tanh(dense(tf.reshape(second, [-1, 3200]), at('dense_1/kernel'), at('dense_1/bias')));
  return dense(h, at('dense_2/kernel'), at('dense_2/bias'));
}

/** `[n, in]` → `[n, out]`, without an activation. */
export const dense = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor => tf.add(tf.matMul(x, kernel), bias);

/** `[n, h, w, in]` → `[n, 2 h, 2 w, out]`. */
export function upsampleConv(x: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const [, height = 0, width = 0] = x.shape;
  const large = tf.image.resizeNearestNeighbor(x as Tensor4D, [2 * height, 2 * width]);
  return tf.tanh(tf.add(tf.conv2d(large, kernel as Tensor4D, 1, 'same'), bias));
}

/** `[n, h, w, in]` → `[n, h', w', out]`. */
export function convPool(x: Tensor, kernel: Tensor, bias: Tensor, padding: 'same' | 'valid'): Tensor {
  const convolved = tf.tanh(tf.add(tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, padding), bias));
  return tf.maxPool(convolved as Tensor4D, 2, 2, 'valid');
}

/** Mean of −y log σ(x) − (1 − y) log(1 − σ(x)). */
const crossEntropy = (logits: Tensor, labels: Tensor): Tensor =>
  tf.mean(tf.add(tf.sub(tf.relu(logits), tf.mul(logits, labels)), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))));
