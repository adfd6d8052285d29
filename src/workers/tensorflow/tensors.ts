/**
 * TensorFlow's tensors, through the binding of tfjs-node but without the book-keeping of tfjs (data ids in weak maps, reference counts, a tape), which
 * took 6 % of a step. As in tfjs, a tensor belongs to the `tidy` in which it was made. (docs/decisions/0009-tensors.md)
 */

import { sizeOf } from '../../model/tensors.js';
import { loadEngine } from '../../shared/engine.js';

/** What TensorFlow gives back: a tensor that is its caller's to delete. */
export interface TensorHandle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

interface Binding {
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number;
  executeOp(name: string, attributes: readonly Attribute[], ids: readonly number[], outputs: number): TensorHandle[];
  tensorDataSync(id: number): Float32Array;
  deleteTensor(id: number): void;
  getNumOfTensors(): number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
}

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: string | boolean | number | number[];
}

/** Of tfjs-node. */
export const { binding } = loadEngine().backend() as unknown as { readonly binding: Binding };

export class Tensor {
  /** Belongs to no `tidy`. */
  isKept = false;

  constructor(
    readonly id: number,
    readonly shape: readonly number[],
    readonly dtype: number,
  ) {
    scope?.push(this);
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** A copy of its numbers, row major. */
  read(): Float32Array {
    return binding.tensorDataSync(this.id);
  }
}

/** What the innermost `tidy` has to free. */
let scope: Tensor[] | undefined;

/** Tensors that are alive in this thread, as TensorFlow's addon counts them. */
export const countTensors = (): number => binding.getNumOfTensors();

/** Frees what `work` makes, but for what it returns, a tensor or several, which then belong to the `tidy` around, and what is kept. */
export function tidy<Result>(work: () => Result): Result {
  const outer = scope;
  const made: Tensor[] = [];
  scope = made;
  let returned: unknown;
  try {
    const result = work();
    returned = result;
    return result;
  } finally {
    scope = outer;
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
 */
export const fromArray = (values: Float32Array, shape: readonly number[]): Tensor =>
  new Tensor(binding.createTensor(shape, binding.TF_FLOAT, values), shape, binding.TF_FLOAT);

export const fromIntegers = (values: readonly number[], shape: readonly number[]): Tensor =>
  new Tensor(binding.createTensor(shape, binding.TF_INT32, Int32Array.from(values)), shape, binding.TF_INT32);

/** Runs an operation of TensorFlow's that has one result. */
export const execute = (name: string, attributes: readonly Attribute[], ids: readonly number[]): TensorHandle =>
  binding.executeOp(name, attributes, ids, 1)[0]!;

export const fromHandle = ({ id, shape, dtype }: TensorHandle): Tensor => new Tensor(id, shape, dtype);
