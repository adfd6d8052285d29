/**
 * How tensors are made and freed. As in tfjs, a tensor belongs to the `tidy` in which it was made,
 * but it costs nothing to say so: tfjs's book-keeping (data ids in weak maps, reference counts, a
 * tape) took 6 % of a step. (docs/decisions/0009-tensors.md)
 */

import { thread } from '../thread.js';
import { type Attribute, binding, type TensorHandle } from './binding.js';
import type { Loan } from './loan.js';
import { Tensor } from './tensor.js';

export { Tensor };

/** Tensors by name. */
export type Tensors = { readonly [name: string]: Tensor | undefined };

/** Tensors that are alive in this thread, as TensorFlow's addon counts them. */
export const countTensors = (): number => binding.getNumOfTensors();

/**
 * Frees what `work` makes, but for what it returns, a tensor or several, which then belong to the
 * `tidy` around, and what is kept.
 */
export function tidy<Result>(work: () => Result): Result {
  const outer = thread.scope;
  const made: Tensor[] = [];
  thread.scope = made;
  let returned: unknown;
  try {
    const result = work();
    returned = result;
    return result;
  } finally {
    thread.scope = outer;
    const isReturned = (tensor: Tensor) => (Array.isArray(returned) ? returned.includes(tensor) : returned === tensor);
    for (const tensor of made) {
      if (tensor.isKept) continue;
      if (isReturned(tensor)) outer?.push(tensor);
      else free(tensor);
    }
  }
}

/** From now on it lives until `dispose`. */
export function keep(tensor: Tensor): Tensor {
  tensor.isKept = true;
  return tensor;
}

export function dispose(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) free(tensor);
}

const free = ({ id }: Tensor): void => binding.deleteTensor(id);

/**
 * A tensor of numbers that are somewhere already. From memory at a multiple of 64 bytes TensorFlow makes no copy: what
 * is written there later shows in the tensor, so its region must not be written while the tensor is in use.
 *
 * @param loan - of memory that others will be given: who reads the tensor after that is told
 */
export const fromArray = (values: Float32Array, shape: readonly number[], loan?: Loan): Tensor =>
  made(new Tensor(binding.createTensor(shape, binding.TF_FLOAT, values), shape, binding.TF_FLOAT, loan));

export const fromIntegers = (values: readonly number[], shape: readonly number[]): Tensor =>
  made(new Tensor(binding.createTensor(shape, binding.TF_INT32, Int32Array.from(values)), shape, binding.TF_INT32));

/** Runs an operation of TensorFlow's that has one result. */
export const execute = (name: string, attributes: readonly Attribute[], ids: readonly number[]): TensorHandle =>
  binding.executeOp(name, attributes, ids, 1)[0]!;

/** @param loan - where the result may lie in the memory of a lent input */
export const fromHandle = ({ id, shape, dtype }: TensorHandle, loan?: Loan): Tensor =>
  made(new Tensor(id, shape, dtype, loan));

function made(tensor: Tensor): Tensor {
  thread.scope?.push(tensor);
  return tensor;
}
