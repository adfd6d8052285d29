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
import { type FoundTensors, isRecord, parseJsonOf } from './foundTensors.js';
import { readHdf5, type WrittenDataset, writeHdf5 } from './hdf5.js';
import { optimizerScalars, placesOf, velocityPlaces } from './kerasPlaces.js';
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
    [weightsEntry]: await writeHdf5(placeTensors(plan, network, tensors, optimizer)),
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
  datasets.set('optimizer/vars/0', { shape: [], data: Int32Array.of(iterations) });
  datasets.set('optimizer/vars/1', { shape: [], data: Float32Array.of(learningRate) });
  for (const [path, name] of velocityPlaces(plan, network)) datasets.set(path, tensors.get(name)!);
  return datasets;
}

/** @throws DataError when it is another network, or damaged */
export async function decodeKeras(
  archive: ZipArchive,
  plan: Plan,
  network: Network,
  file: string,
): Promise<FoundTensors> {
  const config = parseJsonOf(archive.read('config.json'), file, 'config.json');
  const layers = readLayers(config, file);
  const ours = networkLayers(plan.model, network);
  assertSameLayers(layers, ours, network, file);
  if (!archive.names.includes(weightsEntry))
    throw new DataError(`${file} has no ${weightsEntry}: save it as a .keras`, file);
  const hasVelocities = trainsWithMomentum(config);
  const { datasetBytes } = limitsOf(plan);
  return readHdf5(archive.read(weightsEntry), `${file}/${weightsEntry}`, datasetBytes, read => {
    const tensors: FoundTensors = new Map();
    const take = ([path, name]: [string, string]) => {
      const tensor = read(path);
      if (tensor) tensors.set(name, tensor);
    };
    for (const place of placesOf(layers, ours)) take(place);
    const velocities = velocityPlaces(plan, network);
    // Another optimizer, or one that was built for other tensors, numbers other things.
    const isOurs = hasVelocities && read(`optimizer/vars/${velocities.length + optimizerScalars}`) === undefined;
    if (isOurs) for (const place of velocities) take(place);
    return tensors;
  });
}

function trainsWithMomentum(config: Record<string, unknown>): boolean {
  const { optimizer } = isRecord(config.compile_config) ? config.compile_config : {};
  if (!isRecord(optimizer) || optimizer.class_name !== 'SGD' || !isRecord(optimizer.config)) return false;
  return Number(optimizer.config.momentum) > 0 && optimizer.config.use_ema !== true;
}
