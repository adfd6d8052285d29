/** The exported networks in tfjs-layers, and one that tfjs-layers saved here. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { networks } from '../../src/model/description.js';
import { streams, uniform } from '../../src/model/philox.js';
import { referencePlan } from '../../src/model/plan.js';
import { reference } from '../../src/model/presets.js';
import { readModel } from '../../src/modelFiles/readModel.js';
import { encodeTfjs } from '../../src/modelFiles/tfjs.js';
import { loadEngine } from '../../src/shared/engine.js';
import { drawImages, scoreImages } from '../cli/plainModel.js';
import { findDifferent, someState } from './someState.js';

const tf = loadEngine();
const folder = mkdtempSync(path.join(tmpdir(), 'gan-dist-tfjs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const state = someState();
const count = 8;

async function load(network: string): Promise<LayersModel> {
  return tf.loadLayersModel(`file://${path.join(folder, network, 'model.json')}`);
}

test('tf.loadLayersModel gives the same images for the same noise, and the same scores, to 1e-5', async () => {
  for (const network of networks) {
    mkdirSync(path.join(folder, network));
    for (const [name, bytes] of encodeTfjs(reference, network, state))
      writeFileSync(path.join(folder, network, name), bytes);
  }
  const [generator, discriminator] = [await load('generator'), await load('discriminator')];
  const noise = tf.tensor2d(uniform(3, streams.generate, 0, count * 100), [count, 100]);
  const images = generator.predict(noise) as Tensor;
  const expected = drawImages(state, 3, count);
  assert.deepEqual(images.shape, [count, 28, 28, 1]);
  assertClose(await images.data<'float32'>(), expected);
  const scores = await (discriminator.predict(images) as Tensor).data<'float32'>();
  assertClose(
    scores,
    scoreImages(state, expected).map(logit => 1 / (1 + Math.exp(-logit))),
  );
});

test('what tfjs-layers saves itself, in its own way, is read bit by bit', async () => {
  mkdirSync(path.join(folder, 'saved'));
  for (const network of networks) await (await load(network)).save(`file://${path.join(folder, `saved/${network}`)}`);
  const { tensors } = await readModel(referencePlan(), path.join(folder, 'saved'));
  const parameters = new Map([...state].filter(([name]) => !name.startsWith('velocity/')));
  const read = new Map(
    tensors.filter(({ name }) => !name.startsWith('velocity/')).map(tensor => [tensor.name, tensor]),
  );
  assert.deepEqual(findDifferent(read, parameters), []);
});

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  assert.ok(
    expected.some(value => Math.abs(value) > 0.01),
    'there is something to compare',
  );
  const largest = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0);
  assert.ok(largest <= 1e-5, `largest difference: ${largest}`);
}
