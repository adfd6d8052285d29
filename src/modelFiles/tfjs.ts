/**
 * A network as tfjs-layers has it: a folder with `model.json` (its layers, and which numbers are where) and the numbers.
 * `tf.loadLayersModel` reads it.
 */
import type { ShapedData } from '../model/comparison/compareTensors.js';
import { assertSameLayers } from './compareLayers.js';
import { type FoundTensors, isRecord } from './foundTensors.js';
import { inputShapes, layersWithTensors, type Network, networkLayers } from './networkLayers.js';
import { readLayers } from './readLayers.js';
import { type ReadPart, readWeights } from './tfjsWeights.js';

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

/** @throws DataError when it is another network, or files are missing or damaged */
export async function decodeTfjs(
  model: Record<string, unknown>,
  readPart: ReadPart,
  network: Network,
  file: string,
): Promise<FoundTensors> {
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
  return tensors;
}
