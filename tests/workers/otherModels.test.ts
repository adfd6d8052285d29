/** The executor is closed under its own algebra: a network may begin and end in any form. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node';
import { normsOf } from '../../src/model/comparison/closeness.js';
import { describe as describeModel } from '../../src/model/describe.js';
import type { LayerDescription, ModelDescription, Network } from '../../src/model/description.js';
import { initialTensor } from '../../src/model/initial.js';
import { uniform } from '../../src/model/philox.js';
import { planModel } from '../../src/model/plan.js';
import { sizeOfImage } from '../../src/pictures/picture.js';
import { loadEngine, prepareEngineEnvironment } from '../../src/shared/engine.js';
import { convolving, linear, narrowing, perceptron, tiny } from '../model/otherModels.js';
import { assertClose, assertSameNorms } from './compareNorms.js';
import { fingerprints, firstOrder, readTensors, runStep, startPool } from './startPool.js';

prepareEngineEnvironment();
const tf = loadEngine();

const models = { perceptron, narrowing, convolving, linear, tiny };
const imageCount = 100;
const batchSize = 11;
const seed = 5;

/** Noise as images. */
function makeImages(model: ModelDescription): Uint8Array {
  const images = new Uint8Array(new SharedArrayBuffer(imageCount * sizeOfImage(model.image)));
  const numbers = uniform(9, 77, 0, images.length);
  for (const i of images.keys()) images[i] = Math.floor((numbers[i]! + 1) * 128);
  return images;
}

async function train(
  t: TestContext,
  model: ModelDescription,
  ranks: number,
  slices: number,
  discriminatorSteps: number,
) {
  const plan = planModel(model);
  const pool = await startPool(t, { plan, images: makeImages(model), ranks, slices, batchSize, seed });
  const losses = [];
  for (let step = 0; step < 3; step++) losses.push(await runStep(pool, { step, seed, discriminatorSteps }));
  const left = { losses, fingerprints: fingerprints(pool), tensors: readTensors(pool) };
  await pool.close();
  return left;
}

for (const [name, model] of Object.entries(models)) {
  test(`${name}: the same bytes with any number of workers, with one turn of D and with two`, async t => {
    for (const discriminatorSteps of [1, 2]) {
      const one = await train(t, model, 1, 6, discriminatorSteps);
      for (const ranks of [2, 3, 6]) {
        const { losses, fingerprints } = await train(t, model, ranks, 6, discriminatorSteps);
        assert.deepEqual([losses, fingerprints], [one.losses, one.fingerprints], `${ranks} workers`);
      }
    }
  });

  test(`${name}: three steps are those of tfjs and its derivatives`, async t => {
    const { losses, tensors } = await train(t, model, 2, 5, 2);
    const plain = trainPlainly(model, 2);
    for (const [step, { dLoss, gLoss }] of losses.entries()) {
      assertClose(dLoss, plain.losses[step]!.dLoss, 1e-5, `D's loss of step ${step}`);
      assertClose(gLoss, plain.losses[step]!.gLoss, 1e-5, `G's loss of step ${step}`);
    }
    assertSameNorms(normsOf(tensors), normsOf(plain.tensors), planModel(model));
  });
}

/** The steps as one would write them first. */
function trainPlainly(model: ModelDescription, discriminatorSteps: number) {
  const { tensors } = planModel(model);
  const { height, width, channels } = model.image;
  const state = new Map<string, Tensor>();
  for (const [place, { name, shape, initial }] of tensors.entries()) {
    state.set(name, tf.tensor(initialTensor(seed, place, shape, initial), [...shape]));
    state.set(`velocity/${name}`, tf.zeros([...shape]));
  }
  const images = Float32Array.from(makeImages(model));
  const run = (network: Network, all: Record<string, Tensor>, x: Tensor) =>
    describeModel(model)[network].reduce((h, { layer, title }) => compute(layer, `${network}/${title}`, all, h), x);
  const descend = (network: Network, loss: (all: Record<string, Tensor>) => Tensor): number => {
    const names = tensors.filter(tensor => tensor.network === network).map(({ name }) => name);
    const lossOf = (...trained: Tensor[]) =>
      loss({ ...Object.fromEntries(state), ...Object.fromEntries(names.map((name, i) => [name, trained[i]!])) });
    const { value, grads } = tf.valueAndGrads(lossOf as never)(names.map(name => state.get(name)!));
    const { learningRate, momentum } = firstOrder.optimizers[network];
    for (const [i, name] of names.entries()) {
      const scaled = tf.mul(grads[i]!, learningRate);
      const velocity = tf.sub(tf.mul(state.get(`velocity/${name}`)!, momentum), scaled);
      state.set(name, tf.sub(tf.add(state.get(name)!, tf.mul(velocity, momentum)), scaled));
      state.set(`velocity/${name}`, velocity);
    }
    return value.dataSync()[0]!;
  };
  const losses = [0, 1, 2].map(step => {
    const noise = (stream: number) =>
      tf.tensor(uniform(seed, stream, step, batchSize * model.latentSize), [batchSize, model.latentSize]);
    const count = batchSize * sizeOfImage(model.image);
    const grey = tf.tensor(images.slice(step * count, (step + 1) * count), [batchSize, height, width, channels]);
    const real = tf.div(tf.sub(grey, 127.5), 127.5);
    let dLoss = Number.NaN;
    for (let turn = 0; turn < discriminatorSteps; turn++) {
      const fake = tf.reshape(run('generator', Object.fromEntries(state), noise(32 * turn)), real.shape);
      const labels = tf.concat([tf.ones([batchSize, 1]), tf.zeros([batchSize, 1])]);
      dLoss = descend('discriminator', all => crossEntropy(run('discriminator', all, tf.concat([real, fake])), labels));
    }
    const gLoss = descend('generator', all =>
      crossEntropy(run('discriminator', all, run('generator', all, noise(1))), tf.ones([batchSize, 1])),
    );
    return { dLoss, gLoss };
  });
  return { losses, tensors: new Map([...state].map(([name, tensor]) => [name, tensor.dataSync<'float32'>()])) };
}

function compute(layer: LayerDescription, name: string, all: Record<string, Tensor>, x: Tensor): Tensor {
  const activate = (h: Tensor, activation: string) => (activation === 'tanh' ? tf.tanh(h) : h);
  const addBias = (h: Tensor) => (all[`${name}/bias`] ? tf.add(h, all[`${name}/bias`]!) : h);
  if (layer.kind === 'dense')
    return activate(addBias(tf.matMul(x as never, all[`${name}/kernel`] as never)), layer.activation);
  if (layer.kind === 'conv2d')
    return activate(addBias(tf.conv2d(x as never, all[`${name}/kernel`] as never, 1, layer.padding)), layer.activation);
  if (layer.kind === 'upSampling2d') {
    const [, height, width] = x.shape as [number, number, number];
    return tf.image.resizeNearestNeighbor(x as never, [2 * height, 2 * width]);
  }
  if (layer.kind === 'maxPooling2d') return tf.maxPool(x as never, 2, 2, 'valid');
  if (layer.kind === 'activation') return activate(x, layer.activation);
  if (layer.kind === 'reshape') return tf.reshape(x, [x.shape[0]!, ...layer.targetShape]);
  assert.equal(layer.kind, 'flatten');
  return tf.reshape(x, [x.shape[0]!, -1]);
}

const crossEntropy = (logits: Tensor, labels: Tensor): Tensor =>
  tf.mean(tf.losses.sigmoidCrossEntropy(labels, logits, undefined, 0, tf.Reduction.NONE));
