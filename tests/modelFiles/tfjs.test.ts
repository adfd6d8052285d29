/** The exported networks in tfjs-layers, and one that tfjs-layers saved here. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { networks } from '../../src/model/description.js';
import { streams, uniform } from '../../src/model/philox.js';
import { referencePlan } from '../../src/model/plan.js';
import { reference } from '../../src/model/presets.js';
import { networkLayers } from '../../src/modelFiles/networkLayers.js';
import { readModel } from '../../src/modelFiles/readModel.js';
import { decodeTfjs, encodeTfjs } from '../../src/modelFiles/tfjs.js';
import { loadEngine } from '../../src/shared/engine.js';
import { toFloat16 } from '../../src/shared/float16.js';
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

test('quantised weights are dequantised to the bits of tfjs, float16 is exact, and each is said', async () => {
  const tensors = [...state].filter(([name]) => name.startsWith('generator/'));
  const quantised = tensors.map(([, tensor], place) =>
    quantise(tensor.data, (['uint8', 'uint16', 'float16'] as const)[place % 3]!),
  );
  for (const network of networks) {
    mkdirSync(path.join(folder, 'quantised', network), { recursive: true });
    for (const [name, bytes] of encodeTfjs(reference, network, state))
      writeFileSync(path.join(folder, 'quantised', network, name), bytes);
  }
  const model = path.join(folder, 'quantised/generator/model.json');
  const json = JSON.parse(readFileSync(model, 'utf8'));
  const specs = json.weightsManifest[0].weights;
  for (const [i, { quantization }] of quantised.entries()) specs[i].quantization = quantization;
  writeFileSync(model, JSON.stringify(json));
  const numbers = Buffer.concat(quantised.map(({ bytes }) => bytes));
  writeFileSync(path.join(folder, 'quantised/generator/weights.bin'), numbers);
  const read = await readModel(referencePlan(), path.join(folder, 'quantised'));
  const expected = tf.io.decodeWeights(new Uint8Array(numbers).buffer, specs);
  for (const [i, [name]] of tensors.entries()) {
    const { data } = read.tensors.find(tensor => tensor.name === name)!;
    assert.deepEqual(data, await expected[specs[i].name]!.data(), name);
  }
  assert.deepEqual(read.notes, [
    'there are no velocities: they start at 0',
    'uint8 became float32, dequantised: as exact as when it was quantised',
    'uint16 became float32, dequantised: as exact as when it was quantised',
    'float16 became float32, exactly',
  ]);
});

test('quantised weights that say no scale, or are of other types, are refused', async () => {
  const topology = { class_name: 'Sequential', config: { layers: networkLayers(reference, 'generator') } };
  const read = (weight: object) =>
    decodeTfjs(
      {
        modelTopology: topology,
        weightsManifest: [{ paths: ['a'], weights: [{ name: 'a/b', shape: [8], ...weight }] }],
      },
      async () => new Uint8Array(8),
      reference,
      'generator',
      'FILE',
    );
  const expects = 'FILE: "a/b" expects float32 (or that quantised as float16, uint8 or uint16), found';
  for (const [weight, message] of [
    [
      { dtype: 'float32', quantization: { dtype: 'uint8', scale: 1 } },
      'FILE is damaged: "a/b" is quantised without scale and min',
    ],
    [
      { dtype: 'float32', quantization: { dtype: 'uint16', scale: 1, min: 0 } },
      'FILE: "a/b" ends at byte 16 of 8: the weights are cut off',
    ],
    [{ dtype: 'float32', quantization: { dtype: 'int4' } }, `${expects} float32 quantised as {"dtype":"int4"}`],
    [{ dtype: 'int32', quantization: { dtype: 'uint8' } }, `${expects} int32 quantised as {"dtype":"uint8"}`],
    [{ dtype: 'int32' }, `${expects} int32`],
    [{ dtype: 'uint8' }, `${expects} uint8`],
    [{ dtype: 'constructor' }, `${expects} constructor`],
    [{ dtype: 'complex64' }, `${expects} complex64`],
  ] as const) {
    await assert.rejects(read(weight), { name: 'DataError', message });
  }
});

/** As tensorflowjs_converter does it, but for a zero point. */
function quantise(data: Float32Array, dtype: 'uint8' | 'uint16' | 'float16') {
  if (dtype === 'float16') return { quantization: { dtype }, bytes: Buffer.from(toFloat16(data).buffer) };
  const min = data.reduce((least, value) => Math.min(least, value), Infinity);
  const max = data.reduce((most, value) => Math.max(most, value), -Infinity);
  const scale = (max - min) / (dtype === 'uint8' ? 255 : 65535) || 1;
  const places = data.map(value => Math.round((value - min) / scale));
  const whole = dtype === 'uint8' ? Uint8Array.from(places) : Uint16Array.from(places);
  return { quantization: { dtype, scale, min, original_dtype: 'float32' }, bytes: Buffer.from(whole.buffer) };
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  assert.ok(
    expected.some(value => Math.abs(value) > 0.01),
    'there is something to compare',
  );
  const largest = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0);
  assert.ok(largest <= 1e-5, `largest difference: ${largest}`);
}
