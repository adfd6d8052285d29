/**
 * A network as Keras 3 saves it, a `.keras` file: a zip of `config.json` (its layers, and its optimizer),
 * `metadata.json` and `model.weights.h5` (tensors by the place of their layer). `keras.models.load_model` reads it.
 *
 * Source: keras/src/saving/saving_lib.py of Keras 3.15.
 */
import { zipSync } from 'fflate';
import type { ShapedData } from '../model/comparison/compareTensors.js';
import type { Network } from '../model/description.js';
import type { Plan } from '../model/plan.js';
import { DataError } from '../shared/errors.js';
import { assertSameLayers } from './compareLayers.js';
import { type FoundModel, type FoundTensor, type FoundTensors, isRecord, parseJsonOf } from './foundTensors.js';
import { type Hdf5File, readHdf5, type WrittenDataset, writeHdf5 } from './hdf5.js';
import { describeOptimizer, findVelocities, velocitiesOf } from './kerasOptimizer.js';
import { groupsOf, olderFolder, olderPlacesOf, placesOf } from './kerasPlaces.js';
import { assertNotQuantised } from './kerasPrecision.js';
import { limitsOf } from './limits.js';
import { inputShapeOf, networkLayers } from './networkLayers.js';
import { readLayers } from './readLayers.js';
import type { ZipArchive } from './zip.js';

const weightsEntry = 'model.weights.h5';
/** The earliest time that a zip can say: the same checkpoint gives the same bytes. */
const noTime = new Date(1980, 0, 1);

/** Of Nesterov's SGD, so that Keras can train on. */
export interface OptimizerState {
  readonly learningRate: number;
  readonly momentum: number;
  /** Steps done. */
  readonly iterations: number;
}

/** @param tensors - a checkpoint's, with the velocities */
export async function encodeKeras(
  plan: Plan,
  network: Network,
  tensors: ReadonlyMap<string, ShapedData>,
  optimizer: OptimizerState,
): Promise<Uint8Array> {
  const files = {
    'metadata.json': encodeJson({ keras_version: '3.15.1' }),
    'config.json': encodeJson(describeModel(plan, network, optimizer)),
    [weightsEntry]: await writeHdf5(
      placeTensors(plan, network, tensors, optimizer),
      groupsOf(networkLayers(plan.model, network)),
    ),
  };
  return zipSync(files, { level: 0, mtime: noTime });
}

const encodeJson = (json: unknown) => Buffer.from(JSON.stringify(json));

function describeModel({ model }: Plan, network: Network, { learningRate, momentum }: OptimizerState) {
  const ours = networkLayers(model, network);
  const inputShape = [null, ...inputShapeOf(ours)];
  const input = { class_name: 'InputLayer', config: { name: 'input', batch_shape: inputShape, dtype: 'float32' } };
  const object = (module: string, { class_name, config }: { class_name: string; config: unknown }) => ({
    module,
    class_name,
    config,
    registered_name: null,
  });
  const layers = [input, ...ours].map(layer => object('keras.layers', layer));
  const sgd = { name: 'SGD', learning_rate: learningRate, momentum, nesterov: true };
  return {
    ...object('keras', { class_name: 'Sequential', config: { name: network, trainable: true, layers } }),
    build_config: { input_shape: inputShape },
    compile_config: {
      optimizer: object('keras.optimizers', { class_name: 'SGD', config: sgd }),
      loss: network === 'discriminator' ? 'binary_crossentropy' : null,
    },
  };
}

function placeTensors(
  plan: Plan,
  network: Network,
  tensors: ReadonlyMap<string, ShapedData>,
  { learningRate, iterations }: OptimizerState,
): Map<string, WrittenDataset> {
  const datasets = new Map<string, WrittenDataset>();
  const ours = networkLayers(plan.model, network);
  for (const [path, name] of placesOf(ours, ours)) datasets.set(path, tensors.get(name)!);
  const variables = [
    { shape: [], data: Int32Array.of(iterations) },
    { shape: [], data: Float32Array.of(learningRate) },
    ...velocitiesOf(plan, network).map(({ name }) => tensors.get(name)!),
  ];
  for (const [i, variable] of variables.entries()) datasets.set(`optimizer/vars/${i}`, variable);
  return datasets;
}

/** @throws DataError when it is another network, or damaged */
export async function decodeKeras(
  archive: ZipArchive,
  plan: Plan,
  network: Network,
  file: string,
): Promise<FoundModel> {
  const config = parseJsonOf(archive.read('config.json'), file, 'config.json');
  const layers = readLayers(config, file);
  const ours = networkLayers(plan.model, network);
  assertSameLayers(layers, ours, network, file);
  assertNotQuantised(layers, file);
  if (!archive.names.includes(weightsEntry))
    throw new DataError(`${file} has no ${weightsEntry}: save it as a .keras`, file);
  return readHdf5(archive.read(weightsEntry), `${file}/${weightsEntry}`, limitsOf(plan), weights => {
    const tensors: FoundTensors = new Map();
    const older = weights.namesIn(olderFolder);
    const places = older.length > 0 ? olderPlacesOf(layers, ours, older) : placesOf(layers, ours);
    for (const [path, name] of places) {
      const tensor = weights.readTensor(path);
      if (tensor) tensors.set(name, tensor);
    }
    const optimizer = describeOptimizer(isRecord(config.compile_config) && config.compile_config.optimizer);
    const folder = optimizer?.isInner ? 'optimizer/inner_optimizer/vars' : 'optimizer/vars';
    const velocities = findVelocities(optimizer, most => readVariables(weights, folder, most), plan, network);
    return { tensors: new Map([...tensors, ...velocities.tensors]), notes: velocities.notes };
  });
}

/** Of an optimizer, by their numbers. */
function readVariables(weights: Hdf5File, folder: string, most: number): FoundTensor[] {
  const numbers = weights.namesIn(folder).sort((a, b) => Number(a) - Number(b));
  return numbers.length > most ? [] : numbers.flatMap(number => weights.readTensor(`${folder}/${number}`) ?? []);
}
