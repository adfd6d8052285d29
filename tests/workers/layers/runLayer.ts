/** One layer in one slice, alone: whole tensors in, gradients out. */
import type { Tensor } from '@tensorflow/tfjs-node';
import { networksOf, referencePlan } from '../../../src/model/plan.js';
import type { Operation } from '../../../src/model/shard.js';
import { loadEngine, prepareEngineEnvironment } from '../../../src/shared/engine.js';
import type { OperationImplementation, Statistics } from '../../../src/workers/layers/operation.js';
import type { Tensor as OurTensor, Tensors as OurTensors } from '../../../src/workers/tensorflow/tensors.js';

prepareEngineEnvironment();
export const tf = loadEngine();
// These load the engine.
const { implementationOf } = await import('../../../src/workers/layers/operations.js');
const { fromArray } = await import('../../../src/workers/tensorflow/tensors.js');

export type Tensors = Record<string, Tensor>;

/** An operation of the reference. */
export function findOperation(name: string): Operation {
  const operations = networksOf(referencePlan()).flatMap(({ segments }) => segments.flatMap(each => each.operations));
  return operations.find(operation => operation.name === name)!;
}

/** Normal numbers, the same every time. */
export const randomNormal = (shape: number[], seed: number, deviation = 1): Tensor =>
  tf.randomNormal(shape, 0, deviation, 'float32', seed);

export interface Setting {
  statistics?: Statistics;
  /** Instead of the one that float32 takes. */
  implementation?: OperationImplementation;
}

const toOurs = (tensor: Tensor): OurTensor => fromArray(tensor.dataSync<'float32'>(), tensor.shape);
/** A copy: what a layer gives may be gone with the next call. */
const toTfjs = (tensor: OurTensor): Tensor => tf.tensor(tensor.read().slice(), [...tensor.shape]);
const allToTfjs = (tensors: OurTensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toTfjs(tensor!)]));

/** Forward, and backward from `dy`: the output, the gradient of each parameter and that of `x`, and new statistics. */
export function runLayer(operation: Operation, parameters: Tensors, x: Tensor, dy: Tensor, setting: Setting = {}) {
  const { prepare, forward, backward } = setting.implementation ?? implementationOf(operation);
  const given = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, toOurs(tensor)]));
  const all = { ...given, ...prepare?.(operation, given) };
  const { output, kept, statistics = {} } = forward(operation, toOurs(x), all, setting.statistics ?? 'moving');
  // Read before the way back, whose memory may be the same.
  const left = { output: toTfjs(output), replaced: allToTfjs(statistics) };
  const { dx, gradients } = backward(operation, toOurs(dy), kept, all, { input: true, parameters: true });
  return { ...left, gradients: { ...allToTfjs(gradients), x: toTfjs(dx!) } as Tensors };
}

/** `plain` and its derivatives by tfjs to the parameters, but for moving statistics, and to x. */
export function runPlain(plain: (all: Tensors) => Tensor, parameters: Tensors, x: Tensor, dy: Tensor) {
  const trained = Object.entries(parameters).filter(([name]) => !name.startsWith('moving_'));
  const names = [...trained.map(([name]) => name), 'x'];
  const call = (...tensors: Tensor[]) => plain(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
  const { value, grads } = tf.valueAndGrads(call as never)([...trained.map(([, tensor]) => tensor), x], dy);
  return { output: value as Tensor, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) };
}
