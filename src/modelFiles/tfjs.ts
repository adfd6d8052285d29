/**
 * A network as tfjs-layers has it: a folder with `model.json` (its layers, and which numbers are
 * where) and the numbers. `tf.loadLayersModel` reads it.
 */
import type { ShapedData } from '../model/comparison/compareTensors.js';
import type { ModelDescription, Network } from '../model/description.js';
import { assertSameLayers } from './compareLayers.js';
import { type FoundTensors, isRecord } from './foundTensors.js';
import { inputShapeOf, networkLayers, withTensors } from './networkLayers.js';
import { readLayers } from './readLayers.js';
import { type ReadPart, readWeights } from './tfjsWeights.js';

/** @returns the files of the network's folder, by name */
export function encodeTfjs(
  model: ModelDescription,
  network: Network,
  tensors: ReadonlyMap<string, ShapedData>,
): Map<string, Uint8Array> {
  const ours = networkLayers(model, network);
  const layers = ours.map(({ class_name, config }, place) => ({
    class_name,
    config: place === 0 ? { ...config, batch_input_shape: [null, ...inputShapeOf(ours)] } : config,
  }));
  const stored = ours.flatMap(({ config, tensors: own }) =>
    own.map(({ name, fullName }) => ({ name: `${config.name}/${name}`, tensor: tensors.get(fullName)! })),
  );
  const weights = stored.map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: 'float32' }));
  const json = {
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
  const numbers = stored.map(({ tensor: { data } }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return new Map<string, Uint8Array>([
    ['model.json', Buffer.from(JSON.stringify(json))],
    ['weights.bin', Buffer.concat(numbers)],
  ]);
}

/** @throws DataError when it is another network, or files are missing or damaged */
export async function decodeTfjs(
  json: Record<string, unknown>,
  readPart: ReadPart,
  model: ModelDescription,
  network: Network,
  file: string,
): Promise<FoundTensors> {
  const topology = isRecord(json.modelTopology) ? json.modelTopology : {};
  const layers = readLayers(topology.model_config ?? topology, file);
  const ours = networkLayers(model, network);
  assertSameLayers(layers, ours, network, file);
  const stored = await readWeights(json.weightsManifest, readPart, file);
  const tensors: FoundTensors = new Map();
  for (const { layer, tensors: own } of withTensors(layers, ours)) {
    for (const { name, fullName } of own) {
      const weight = stored.get(`${layer.config.name}/${name}`);
      if (weight) tensors.set(fullName, weight);
    }
  }
  return tensors;
}
