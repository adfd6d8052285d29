/**
 * What one writes today in TypeScript: tfjs-layers on tfjs-node, one process, `trainOnBatch`, D
 * frozen by hand in G's turn. The threads are TensorFlow's own.
 */
import type { LayersModel, Sequential, Tensor } from '@tensorflow/tfjs-node';
import { reference } from '../../../src/model/presets.js';
import { loadEngine } from '../../../src/shared/engine.js';
import { openJob, type StepFiles, tell } from './job.js';

const { latentSize } = reference;

const tf = loadEngine();
const { layers } = tf;

const job = openJob();
tell({ versions: { 'tfjs-layers': tf.version['tfjs-layers'], 'tfjs-node': tf.version['tfjs-node'] } });
const generator = buildGenerator();
const discriminator = buildDiscriminator();
for (const network of [generator, discriminator]) setWeights(network, job);

discriminator.compile({ optimizer: makeOptimizer(), loss: 'binaryCrossentropy' });
discriminator.trainable = false;
const stacked = tf.sequential({ layers: [generator, discriminator] });
stacked.compile({ optimizer: makeOptimizer(), loss: 'binaryCrossentropy' });
discriminator.trainable = true;

const ones = tf.ones([job.batch, 1]);
const labels = tf.concat([ones, tf.zeros([job.batch, 1])]);
for (let step = 0; step < job.steps; step++) {
  const dLoss = await trainDiscriminator(step);
  const gLoss = await trainGenerator(step);
  tell({ step, dLoss, gLoss });
}

async function trainDiscriminator(step: number): Promise<number> {
  const images = tf.tidy(() => {
    const fake = generator.predictOnBatch(noise(step, 0)) as Tensor;
    return tf.concat([tf.tensor4d(job.readImages(step), [job.batch, 28, 28, 1]), fake]);
  });
  const loss = await discriminator.trainOnBatch(images, labels);
  images.dispose();
  return loss as number;
}

async function trainGenerator(step: number): Promise<number> {
  const z = noise(step, 1);
  discriminator.trainable = false;
  const loss = await stacked.trainOnBatch(z, ones);
  discriminator.trainable = true;
  z.dispose();
  return loss as number;
}

function noise(step: number, turn: 0 | 1): Tensor {
  return tf.tensor2d(job.readNoise(step, turn), [job.batch, latentSize]);
}

/** Noise `[batch, 100]` → images `[batch, 28, 28, 1]`. */
function buildGenerator(): Sequential {
  const same = { kernelSize: 5, padding: 'same', activation: 'tanh' } as const;
  return tf.sequential({
    name: 'generator',
    layers: [
      layers.dense({ inputShape: [latentSize], units: 1024, activation: 'tanh', name: 'dense_1' }),
      layers.dense({ units: 7 * 7 * 128, name: 'dense_2' }),
      layers.batchNormalization({ epsilon: 1e-3, momentum: 0.99, name: 'batch_norm' }),
      layers.activation({ activation: 'tanh' }),
      layers.reshape({ targetShape: [7, 7, 128] }),
      layers.upSampling2d({ size: [2, 2] }),
      layers.conv2d({ filters: 64, ...same, name: 'conv_1' }),
      layers.upSampling2d({ size: [2, 2] }),
      layers.conv2d({ filters: 1, ...same, name: 'conv_2' }),
    ],
  });
}

/**
 * Images `[batch, 28, 28, 1]` → the probability that they are real `[batch, 1]`; the loss takes it
 * back to the logit.
 */
function buildDiscriminator(): Sequential {
  const conv = { kernelSize: 5, activation: 'tanh' } as const;
  return tf.sequential({
    name: 'discriminator',
    layers: [
      layers.conv2d({ inputShape: [28, 28, 1], filters: 64, ...conv, padding: 'same', name: 'conv_1' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 128, ...conv, name: 'conv_2' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 1024, activation: 'tanh', name: 'dense_1' }),
      layers.dense({ units: 1, activation: 'sigmoid', name: 'dense_2' }),
    ],
  });
}

/**
 * A layer's weights are in the order of the names that it has: kernel, bias; gamma, beta, moving
 * mean, moving variance.
 */
function setWeights(network: LayersModel, { readState }: StepFiles): void {
  const state = readState();
  for (const layer of network.layers) {
    const own = [...state].filter(([name]) => name.startsWith(`${network.name}/${layer.name}/`));
    tf.tidy(() => layer.setWeights(own.map(([, { data, shape }]) => tf.tensor(data, shape))));
  }
}

function makeOptimizer() {
  return tf.train.momentum(0.001, 0.9, true);
}
