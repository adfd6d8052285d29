/**
 * A network as tfjs-layers has it: a folder with `model.json` (its layers, and which numbers are where) and the numbers.
 * `tf.loadLayersModel` reads it.
 */
import path from 'node:path';
import type { ShapedData } from '../../shared/compareTensors.js';
import { DataError } from '../../shared/errors.js';
import { sizeOf } from '../../shared/model.js';
import { assertSameLayers } from './compareLayers.js';
import {
  bytesPerNumber,
  type FoundModel,
  type FoundTensor,
  type FoundTensors,
  isRecord,
  isShape,
} from './foundTensors.js';
import { inputShapes, layersWithTensors, type Network, networkLayers } from './networkLayers.js';
import { readLayers } from './readLayers.js';

/** tfjs cuts the numbers into files of 4 MB. */
const maxParts = 1000;

/** @returns the files of the network's folder, by name */
export function encodeTfjs(network: Network, tensors: ReadonlyMap<string, ShapedData>): Map<string, Uint8Array> {
  const layers = networkLayers[network].map(({ class_name, config }, place) => ({
    class_name,
    config: place === 0 ? { ...config, batch_input_shape: [null, ...inputShapes[network]] } : config,
  }));
  const weights = namesOf(network).map(name => ({
    name: name.slice(network.length + 1),
    shape: tensors.get(name)!.shape,
    dtype: 'float32',
  }));
  const model = {
    format: 'layers-model',
    generatedBy: 'gan-dist',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: { class_name: 'Sequential', config: { name: network, layers } },
    },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  const numbers = namesOf(network).map(name => {
    const { data } = tensors.get(name)!;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  });
  return new Map<string, Uint8Array>([
    ['model.json', Buffer.from(JSON.stringify(model))],
    ['weights.bin', Buffer.concat(numbers)],
  ]);
}

/** Names of the store, in the order of the layers. */
const namesOf = (network: Network): string[] =>
  layersWithTensors(networkLayers[network]).flatMap(({ layer, tensors }) =>
    tensors.map(tensor => `${network}/${layer.config.name}/${tensor}`),
  );

/** Reads a file beside `model.json`, which the model names. */
export type ReadPart = (name: string) => Promise<Uint8Array>;

/** @throws DataError when it is another network, or files are missing or damaged */
export async function decodeTfjs(
  model: Record<string, unknown>,
  readPart: ReadPart,
  network: Network,
  file: string,
): Promise<FoundModel> {
  const topology = isRecord(model.modelTopology) ? model.modelTopology : {};
  const layers = readLayers(topology.model_config ?? topology, file);
  assertSameLayers(layers, network, file);
  const stored = await readWeights(model.weightsManifest, readPart, file);
  const tensors: FoundTensors = new Map();
  const ours = layersWithTensors(networkLayers[network]);
  for (const [place, { layer, tensors: names }] of layersWithTensors(layers).entries()) {
    for (const name of names) {
      const weight = stored.get(`${layer.config.name}/${name}`);
      if (weight) tensors.set(`${network}/${ours[place]!.layer.config.name}/${name}`, weight);
    }
  }
  return { tensors, notes: [] };
}

async function readWeights(manifest: unknown, readPart: ReadPart, file: string): Promise<FoundTensors> {
  const damaged = () => new DataError(`${file} is damaged: its weightsManifest says not what is where`, file);
  if (!Array.isArray(manifest)) throw damaged();
  const found: FoundTensors = new Map();
  for (const group of manifest) {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights) || paths.length > maxParts) throw damaged();
    const parts: Uint8Array[] = [];
    for (const name of paths) {
      if (typeof name !== 'string' || name !== path.basename(name) || name === '..' || name.includes('\\')) {
        throw new DataError(`${file} names ${JSON.stringify(name)}, which is no file beside it`, file);
      }
      parts.push(await readPart(name));
    }
    const numbers = Buffer.concat(parts);
    let at = 0;
    for (const weight of weights) {
      const tensor = sliceWeight(weight, numbers, at, file);
      at += tensor.bytes.length;
      // Saved by tfjs from Python, a name may begin with that of the network.
      const name = String((weight as { name: unknown }).name);
      found.set(name.split('/').slice(-2).join('/'), tensor);
    }
  }
  return found;
}

function sliceWeight(weight: unknown, numbers: Uint8Array, at: number, file: string): FoundTensor {
  const { name, shape, dtype, quantization } = isRecord(weight) ? weight : {};
  if (typeof name !== 'string' || !isShape(shape) || typeof dtype !== 'string') {
    throw new DataError(`${file} is damaged: a weight has no name, shape and dtype`, file);
  }
  const shown = JSON.stringify(name.slice(0, 100));
  if (quantization !== undefined || !Object.hasOwn(bytesPerNumber, dtype)) {
    const type = quantization === undefined ? dtype.slice(0, 20) : 'quantized numbers';
    throw new DataError(`${file}: ${shown} expects float32, found ${type}`, file);
  }
  const end = at + sizeOf(shape) * bytesPerNumber[dtype]!;
  if (end <= numbers.length) return { shape, type: dtype, bytes: numbers.subarray(at, end) };
  throw new DataError(`${file}: ${shown} ends at byte ${end} of ${numbers.length}: the weights are cut off`, file);
}
