/** TensorFlow as tfjs-node's addon gives it, without the book-keeping of tfjs (docs/decisions/0009-tensors.md). */
import { loadEngine } from '../../shared/engine.js';

/** What TensorFlow gives back: a tensor that is its caller's to delete. */
export interface TensorHandle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: string | boolean | number | number[];
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

export const { binding } = loadEngine().backend() as unknown as { readonly binding: Binding };
