/**
 * HDF5 files of Keras 2 and 3 that are no `.keras`: whole models (`model.save('m.h5')`), which say their layers, and
 * weights (`save_weights('m.weights.h5')`, of Keras 2 also `'m.h5'`), which do not.
 *
 * Source: keras/src/legacy/saving/legacy_h5_format.py and keras/src/saving/saving_lib.py of Keras 3.15.
 */
import type { Network } from '../model/description.js';
import type { Plan } from '../model/plan.js';
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
import { lastWordOf, listNames, matchOf } from './kerasNames.js';
import { describeOptimizer, findVelocities } from './kerasOptimizer.js';
import { assertNotQuantised } from './kerasPrecision.js';
import { readWeights } from './kerasWeights.js';
import { limitsOf } from './limits.js';
import { networkLayers, withTensors } from './networkLayers.js';
import { readLayers } from './readLayers.js';

/** @throws DataError when it is another network, damaged, or its weights have not one meaning */
export async function decodeKerasH5(
  bytes: Uint8Array,
  plan: Plan,
  network: Network,
  file: string,
): Promise<FoundModel> {
  return readHdf5(bytes, file, limitsOf(plan), source => {
    const config = textOf(source.readAttribute('', 'model_config'));
    if (config !== undefined) return readWholeModel(source, config, plan, network, file);
    return readWeights(source, plan, network, file);
  });
}

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

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
