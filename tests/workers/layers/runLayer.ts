/** One layer in one slice, alone: whole tensors in, gradients out. */
import type { Tensor } from '@tensorflow/tfjs-node';
import { discriminator, generator, type LayerSpec } from '../../../src/model/networks.js';
import { loadEngine, prepareEngineEnvironment } from '../../../src/shared/engine.js';
import type { BackwardContext, LayerImplementation } from '../../../src/workers/layers/operation.js';
import type { Tensor as OurTensor } from '../../../src/workers/tensorflow/tensors.js';

prepareEngineEnvironment();
export const tf = loadEngine();
// These load the engine.
const { layerKinds } = await import('../../../src/workers/layers/operations.js');
const { fromArray } = await import('../../../src/workers/tensorflow/tensors.js');

export type Tensors = Record<string, Tensor>;

export const findLayer = (name: string): LayerSpec => [...generator, ...discriminator].find(l => l.name === name)!;

/** Normal numbers, the same every time. */
export const randomNormal = (shape: number[], seed: number, deviation = 1): Tensor =>
  tf.randomNormal(shape, 0, deviation, 'float32', seed);

export interface Setting {
  training?: boolean;
  slice?: number;
  /** Instead of the one that float32 takes. */
  implementation?: LayerImplementation;
}

const toOurs = (tensor: Tensor): OurTensor => fromArray(tensor.dataSync<'float32'>(), tensor.shape);
/** A copy: what a layer gives may be gone with the next call. */
const toTfjs = (tensor: OurTensor): Tensor => tf.tensor(tensor.read().slice(), [...tensor.shape]);

/** Forward, and backward from `dy`: the output, the gradient of each parameter and that of `x`, and what was replaced. */
export function runLayer(layer: LayerSpec, parameters: Tensors, x: Tensor, dy: Tensor, setting: Setting = {}) {
  const [gradients, replaced]: Tensors[] = [{}, {}];
  const derived = new Map<string, OurTensor>();
  const read = (name: string) => toOurs(parameters[name]!);
  const context: BackwardContext = {
    slice: setting.slice ?? 0,
    training: setting.training ?? false,
    needsInputGradient: true,
    isUpdated: true,
    whole: read,
    part: read,
    shared: (name, make) => derived.get(name) ?? derived.set(name, make()).get(name)!,
    replacePart: (name, value) => Object.assign(replaced!, { [name]: toTfjs(value) }),
    gradient: (name, make) => Object.assign(gradients!, { [name]: toTfjs(make()) }),
  };
  const { forward, backward } = setting.implementation ?? layerKinds[layer.kind];
  const { output, kept } = forward(layer, toOurs(x), context);
  const dx = backward(layer, toOurs(dy), kept, context)!;
  const all: Tensors = { ...gradients, x: toTfjs(dx) };
  return { output: toTfjs(output), gradients: all, replaced: replaced! };
}

/** `plain` and its derivatives by tfjs to the parameters, but for moving statistics, and to x. */
export function runPlain(plain: (all: Tensors) => Tensor, parameters: Tensors, x: Tensor, dy: Tensor) {
  const trained = Object.entries(parameters).filter(([name]) => !name.startsWith('moving_'));
  const names = [...trained.map(([name]) => name), 'x'];
  const call = (...tensors: Tensor[]) => plain(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
  const { value, grads } = tf.valueAndGrads(call as never)([...trained.map(([, tensor]) => tensor), x], dy);
  return { output: value as Tensor, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) };
}
