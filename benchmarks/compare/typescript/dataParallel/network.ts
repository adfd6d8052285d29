/**
 * A network over one worker's images with all of its parameters whole: gan-dist's operations, in
 * one slice that has everything.
 */
import type { NetworkPlan } from '../../../../src/model/plan.js';
import type { Operation } from '../../../../src/model/shard.js';
import type { Kept, Statistics } from '../../../../src/workers/layers/operation.js';
import { implementationOf } from '../../../../src/workers/layers/operations.js';
import { copyTo, own, reshape } from '../../../../src/workers/tensorflow/ops.js';
import { fromArray, type Tensor, type Tensors } from '../../../../src/workers/tensorflow/tensors.js';
import { placeOf, shapeOf } from './memory.js';

export interface NetworkOptions {
  readonly state: Float32Array;
  readonly statistics?: Statistics;
  /** Where the gradients of all parameters go, if they are wanted. */
  readonly gradients?: Float32Array;
  /** Whether this worker keeps the moving statistics. */
  readonly keepsStatistics?: boolean;
}

/** Use it inside a `tidy`, which frees what it keeps for its way back. */
export class Network {
  private readonly operations: readonly Operation[];
  private readonly kept = new Map<Operation, Kept>();
  private readonly parameters = new Map<Operation, Tensors>();

  constructor(
    { segments }: NetworkPlan,
    private readonly options: NetworkOptions,
  ) {
    this.operations = segments.flatMap(({ operations }) => operations);
  }

  forward(input: Tensor): Tensor {
    const { state, statistics = 'moving', keepsStatistics = false } = this.options;
    return this.operations.reduce((x, operation) => {
      const parameters = this.parametersOf(operation);
      const result = implementationOf(operation).forward(operation, flat(x, operation), parameters, statistics);
      this.kept.set(operation, result.kept.map(own));
      for (const [name, value] of Object.entries(result.statistics ?? {})) {
        const { start, end } = placeOf(operation.tensors[name]!);
        if (keepsStatistics) copyTo(state.subarray(start, end), value!);
      }
      return own(result.output);
    }, input);
  }

  backward(gradient: Tensor, needsInputGradient = false): Tensor {
    const { gradients } = this.options;
    let dy = gradient;
    for (const operation of [...this.operations].reverse()) {
      const wanted = {
        input: needsInputGradient || operation !== this.operations[0],
        parameters: gradients !== undefined,
      };
      const kept = this.kept.get(operation)!;
      // As for the input: a dense layer gives rows where a convolution needs images.
      const made = implementationOf(operation).backward(operation, dy, kept, this.parametersOf(operation), wanted);
      for (const [name, value] of Object.entries(made.gradients)) {
        const { start, end } = placeOf(operation.tensors[name]!);
        copyTo(gradients!.subarray(start, end), value!);
      }
      dy = made.dx ? own(made.dx) : dy;
    }
    return dy;
  }

  private parametersOf(operation: Operation): Tensors {
    const found = this.parameters.get(operation);
    if (found) return found;
    const whole: Tensors = Object.fromEntries(
      Object.entries(operation.tensors).map(([name, fullName]) => {
        const { start, end } = placeOf(fullName);
        return [name, fromArray(this.options.state.subarray(start, end), shapeOf(fullName))];
      }),
    );
    const all = { ...whole, ...implementationOf(operation).prepare?.(operation, whole) };
    this.parameters.set(operation, all);
    return all;
  }
}

/** Rows of features for an operation that is split by them in gan-dist. */
function flat(x: Tensor, operation: Operation): Tensor {
  return operation.takes === 'images' ? x : reshape(x, [x.shape[0]!, -1]);
}
