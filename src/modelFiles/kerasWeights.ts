/**
 * Files of Keras that have weights and no model: `m.weights.h5`, and of Keras 2 also `m.h5`. They are taken as Keras
 * itself takes them where that fits, else by names and shapes.
 */
import type { Network } from '../model/description.js';
import type { Plan } from '../model/plan.js';
import { DataError } from '../shared/errors.js';
import type { FoundModel, FoundTensors } from './foundTensors.js';
import type { Hdf5File } from './hdf5.js';
import { lastWordOf, listNames, matchOf } from './kerasNames.js';
import { placesOf } from './kerasPlaces.js';
import { matchTensors } from './matching/matchTensors.js';
import { type ModelLayer, networkLayers } from './networkLayers.js';

/** @throws DataError where they have not one meaning */
export function readWeights(source: Hdf5File, plan: Plan, network: Network, file: string): FoundModel {
  const layers = listNames(source, '', 'layer_names');
  const paths = layers.length > 0 ? layers.flatMap(layer => listPaths(source, layer)) : walk(source, '');
  if (paths.length > mostTensors) throw new DataError(`${file} has ${paths.length} tensors: that is no model`, file);
  const tensors: FoundTensors = new Map();
  for (const path of paths) {
    const tensor = source.readTensor(path);
    if (tensor) tensors.set(path, tensor);
  }
  const notes = source.namesIn('optimizer/vars').length > 0 ? [noOptimizer] : [];
  const ours = networkLayers(plan.model, network);
  const found = takeInOrder(tensors, layers.length > 0, ours) ?? matchTensors(tensors, plan, [network], file);
  return { ...found, notes: [...(found.notes ?? []), ...notes] };
}

const mostTensors = 1000;
const noOptimizer = 'a file of weights does not say of which optimizer it has variables: none are taken';

const listPaths = (source: Hdf5File, layer: string): string[] =>
  listNames(source, layer, 'weight_names').map(name => `${layer}/${name}`);

/** What is no weight of a model: what it was trained with. */
const others = /^(optimizer|metrics|_?loss_tracker|_?compile_metrics|seed_generators?)(\/|$)/;
const [mostGroups, deepest] = [500, 12];

/** All that may be datasets, by path. A damaged file can link its groups in circles. */
function walk(source: Hdf5File, root: string): string[] {
  const [found, groups]: [string[], string[]] = [[], [root]];
  for (let visited = 0; visited < groups.length && visited < mostGroups; visited++) {
    const group = groups[visited]!;
    for (const name of source.namesIn(group)) {
      const path = group === '' ? name : `${group}/${name}`;
      if (others.test(path)) continue;
      if (found.length > mostTensors || path.split('/').length > deepest) return found;
      if (source.isGroup(path)) groups.push(path);
      else found.push(path);
    }
  }
  return found;
}

/**
 * As Keras itself reads weights into a model: by the place of each layer among those of its class, or where the file
 * lists its layers, one after the other.
 */
function takeInOrder(tensors: FoundTensors, isList: boolean, ours: readonly ModelLayer[]): FoundModel | undefined {
  const own = ours.flatMap(layer => layer.tensors);
  const names = isList ? [...tensors.keys()] : placesOf(ours, ours).map(([path]) => path);
  const isOurs = own.every(({ name, shape }, i) => {
    const found = tensors.get(names[i] ?? '');
    return String(found?.shape) === String(shape) && (!isList || lastWordOf(names[i]!) === name);
  });
  if (!isOurs || tensors.size !== own.length) return undefined;
  const pairs = own.map((tensor, i) => [tensor, tensors.get(names[i]!)!] as const);
  return {
    tensors: new Map(pairs.map(([{ fullName }, tensor]) => [fullName, tensor])),
    notes: ["a file of weights says nothing of activations, padding and the like: they are taken to be this model's"],
    matches: pairs.map(([tensor, found], i) => matchOf(names[i]!, found, tensor)),
  };
}
