/**
 * What changes in a thread while it works: all of it is here. The rest of a worker is functions,
 * and values that an order makes.
 */
import type { Precision } from '../config/config.js';
import type { Loan } from './tensorflow/loan.js';
import type { Tensor } from './tensorflow/tensor.js';
import type { Routines } from './webAssembly/routines.js';

interface Thread {
  /** What the innermost `tidy` has to free. */
  scope: Tensor[] | undefined;
  /** Small tensors that live as long as the thread, by what they are. */
  readonly constants: Map<string, Tensor>;
  /** Memory to which TensorFlow itself can copy. */
  readonly inPlace: WeakSet<ArrayBufferLike>;
  /** Milliseconds spent in operations. */
  arithmeticMs: number;
  /** Of all products. */
  precision: Precision;
  /** Where routines and TensorFlow work on the same images (webAssembly/workspace.ts). */
  workspace: { readonly memory: WebAssembly.Memory; readonly routines: Routines; loan: Loan } | undefined;
  /** Ends what the turn that the thread is in has begun. */
  readonly endings: Set<() => void>;
}

export const thread: Thread = {
  scope: undefined,
  constants: new Map(),
  inPlace: new WeakSet(),
  arithmeticMs: 0,
  precision: 'float32',
  workspace: undefined,
  endings: new Set(),
};
