/**
 * What a kind of operation (model/shard.ts) computes for one slice, forward and backward. Each is
 * checked against tfjs's own autodiff.
 */
import type { Operation } from '../../model/shard.js';
import type { Tensor, Tensors } from '../tensorflow/tensors.js';

/** What a slice keeps of its way forward for its way back. */
export type Kept = readonly Tensor[];

/** Of what an operation's statistics are: of the batch, which moves the moving ones, or the moving ones as they are. */
export type Statistics = 'batch' | 'moving';

export interface Forward {
  readonly output: Tensor;
  readonly kept: Kept;
  /** New values of tensors that no gradient updates. */
  readonly statistics?: Tensors;
}

/** What is asked for on the way back: whatever is not needed is left out. */
export interface Wanted {
  readonly input: boolean;
  readonly parameters: boolean;
}

export interface Backward {
  /** The gradient of the input, if it is wanted. */
  readonly dx?: Tensor;
  /** Those of the parameters, if they are wanted. */
  readonly gradients: Tensors;
}

/**
 * `parameters` has the operation's tensors by their names in the layer: whole where slices have
 * gradients that are summed, the slice's own part where it owns one, and of what the first slice
 * owns, only there. What `prepare` made is among them. Tensors that are given may be lent
 * (tensorflow/loan.ts); whoever calls copies what it keeps.
 */
export interface OperationImplementation {
  /** Made of whole parameters once a pass, for all slices of the rank. */
  prepare?(operation: Operation, parameters: Tensors): Tensors;
  /** x → output, in the forms that `operation` declares. */
  forward(operation: Operation, x: Tensor, parameters: Tensors, statistics: Statistics): Forward;
  /** The gradient of the output → those of the input and of the parameters. */
  backward(operation: Operation, dy: Tensor, kept: Kept, parameters: Tensors, wanted: Wanted): Backward;
}
