/**
 * HDF5 files of Keras 2 and 3 that are no `.keras`: whole models (`model.save('m.h5')`), which say their layers, and
 * weights (`save_weights('m.weights.h5')`, of Keras 2 also `'m.h5'`), which do not.
 *
 * Source: keras/src/legacy/saving/legacy_h5_format.py and keras/src/saving/saving_lib.py of Keras 3.15.
 */
import type { DescribedTensor } from '../model/describe.js';
import type { Network } from '../model/description.js';
import type { Plan } from '../model/plan.js';
import { DataError } from '../shared/errors.js';
import { assertSameLayers } from './compareLayers.js';
import {
  type FoundModel,
  type FoundTensor,
  type FoundTensors,
  isRecord,
  type Match,
  parseJsonOf,
} from './foundTensors.js';
import { type Hdf5File, readHdf5 } from './hdf5.js';
import { describeOptimizer, findVelocities } from './kerasOptimizer.js';
import { placesOf } from './kerasPlaces.js';
import { assertNotQuantised } from './kerasPrecision.js';
import { limitsOf } from './limits.js';
import { matchTensors } from './matching/matchTensors.js';
import { type ModelLayer, networkLayers, withTensors } from './networkLayers.js';
import { readLayers } from './readLayers.js';

/** @throws DataError when it is another network, damaged, or its weights have not one meaning */
export async function decodeKerasH5(
  bytes: Uint8Array,
  plan: Plan,
  network: Network,
  file: string,
): Promise<FoundModel> {
  const ours = networkLayers(plan.model, network);
  return readHdf5(bytes, file, limitsOf(plan), source => {
    const config = textOf(source.readAttribute('', 'model_config'));
    if (config !== undefined) return readWholeModel(source, config, plan, network, file);
    const weights = listWeights(source);
    if (weights.length > mostTensors)
      throw new DataError(`${file} has ${weights.length} tensors: that is no model`, file);
    const tensors: FoundTensors = new Map();
    for (const { name, path } of weights) {
      const tensor = source.readTensor(path);
      if (tensor) tensors.set(name, tensor);
    }
    const notes = source.namesIn('optimizer/vars').length > 0 ? [noOptimizer] : [];
    const found = takeInOrder(tensors, ours) ?? matchTensors(tensors, plan, [network], file);
    return { ...found, notes: [...(found.notes ?? []), ...notes] };
  });
}

const mostTensors = 1000;
const noOptimizer = 'a file of weights does not say of which optimizer it has variables: none are taken';

function readWholeModel(source: Hdf5File, config: string, plan: Plan, network: Network, file: string): FoundModel {
  const layers = readLayers(parseJsonOf(Buffer.from(config), file, 'its model_config'), file);
  const ours = networkLayers(plan.model, network);
  assertSameLayers(layers, ours, network, file);
  assertNotQuantised(layers, file);
  const tensors: FoundTensors = new Map();
  const matches: Match[] = [];
  for (const { layer, tensors: own } of withTensors(layers, ours)) {
    const group = `model_weights/${layer.config.name}`;
    const names = listNames(source, group, 'weight_names');
    for (const tensor of own) {
      const name = names.find(each => lastWordOf(each) === tensor.name);
      const found = name === undefined ? undefined : source.readTensor(`${group}/${name}`);
      if (!found) continue;
      tensors.set(tensor.fullName, found);
      matches.push(matchOf(name!, found, tensor));
    }
  }
  const training = textOf(source.readAttribute('', 'training_config'));
  const { optimizer_config: saved } =
    training === undefined ? {} : parseJsonOf(Buffer.from(training), file, 'its training_config');
  const velocities = findVelocities(
    describeOptimizer(isRecord(saved) && saved),
    most => readVariables(source, most),
    plan,
    network,
  );
  return { tensors: new Map([...tensors, ...velocities.tensors]), notes: velocities.notes, matches };
}

/** Of an optimizer, in its order. */
function readVariables(source: Hdf5File, most: number): FoundTensor[] {
  const names = listNames(source, 'optimizer_weights', 'weight_names');
  return names.length > most ? [] : names.flatMap(name => source.readTensor(`optimizer_weights/${name}`) ?? []);
}

interface Weight {
  readonly name: string;
  readonly path: string;
}

/** In the order of the layers where the file says one, as Keras 2 does. */
function listWeights(source: Hdf5File): Weight[] {
  const layers = listNames(source, '', 'layer_names');
  if (layers.length > 0)
    return layers.flatMap(layer =>
      listNames(source, layer, 'weight_names').map(name => ({
        name: `${layer}/${lastWordOf(name)}`,
        path: `${layer}/${name}`,
      })),
    );
  return walk(source, '').map(path => ({ name: path, path }));
}

/** What is no weight of a model: what it was trained with. */
const others = /^(optimizer|metrics|_?loss_tracker|_?compile_metrics|seed_generators?)(\/|$)/;
const mostGroups = 10_000;

/** All that may be datasets, by path. Groups can be linked in circles. */
function walk(source: Hdf5File, root: string): string[] {
  const [found, groups]: [string[], string[]] = [[], [root]];
  for (let visited = 0; visited < groups.length && visited < mostGroups; visited++) {
    const group = groups[visited]!;
    for (const name of source.namesIn(group)) {
      const path = group === '' ? name : `${group}/${name}`;
      if (others.test(path)) continue;
      if (source.isGroup(path)) groups.push(path);
      else found.push(path);
    }
  }
  return found;
}

/**
 * As Keras itself reads weights into a model: by the place of each layer among those of its class, or where the file
 * says no classes, one layer after the other.
 */
function takeInOrder(tensors: FoundTensors, ours: readonly ModelLayer[]): FoundModel | undefined {
  const own = ours.flatMap(layer => layer.tensors);
  const places = placesOf(ours, ours).map(([path]) => path);
  const names = places.every(path => tensors.has(path)) ? places : [...tensors.keys()];
  if (tensors.size !== own.length) return undefined;
  const isOurs = own.every(({ name, shape }, i) => {
    const word = lastWordOf(names[i]!);
    return (
      String(tensors.get(names[i]!)!.shape) === String(shape) &&
      (word === name || (names === places && /^\d+$/.test(word)))
    );
  });
  if (!isOurs) return undefined;
  const pairs = own.map((tensor, i) => [tensor, tensors.get(names[i]!)!] as const);
  return {
    tensors: new Map(pairs.map(([{ fullName }, tensor]) => [fullName, tensor])),
    notes: ["a file of weights says nothing of activations, padding and the like: they are taken to be this model's"],
    matches: pairs.map(([tensor, found], i) => matchOf(names[i]!, found, tensor)),
  };
}

const matchOf = (from: string, { shape }: FoundTensor, { fullName, shape: as }: DescribedTensor): Match => ({
  from,
  shape,
  to: fullName,
  as,
});

/** `sequential/dense_1/kernel:0` → `kernel` */
const lastWordOf = (name: string): string => name.replace(/:\d+$/, '').split('/').at(-1)!;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A long list is in several attributes, for one holds 64 kB: `weight_names0`, `weight_names1`, … */
function listNames(source: Hdf5File, path: string, attribute: string): string[] {
  const whole = source.readAttribute(path, attribute);
  const parts = [whole];
  for (let i = 0; whole === undefined && i < mostTensors; i++) {
    const part = source.readAttribute(path, `${attribute}${i}`);
    if (part === undefined) break;
    parts.push(part);
  }
  return parts.flatMap(part => (Array.isArray(part) ? part : [part])).filter(name => typeof name === 'string');
}
