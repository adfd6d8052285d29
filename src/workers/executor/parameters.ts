/** The tensors of a network's operations as they are read in one pass. */
import type { TensorPlan } from '../../model/plan.js';
import type { Operation } from '../../model/shard.js';
import { implementationOf } from '../layers/operations.js';
import type { Rank } from '../rank.js';
import { dispose, fromArray, keep, type Tensor, type Tensors, tidy } from '../tensorflow/tensors.js';

export class Parameters {
  /** Whole tensors and what was made of them, by operation: the same for all slices. */
  readonly #common = new Map<Operation, Tensors>();

  /** @param state - where they are read */
  constructor(
    private readonly rank: Rank,
    private readonly state: Float32Array,
  ) {}

  /** For one slice, by their names in the layer. */
  of(operation: Operation, slice: number): Tensors {
    const own = Object.entries(operation.tensors).flatMap(([name, fullName]): [string, Tensor][] => {
      const { owner } = this.rank.tensor(fullName);
      if (owner === 'columns' || owner === 'rows') return [[name, this.#part(fullName, slice)]];
      return owner === 'first' && slice === 0 ? [[name, this.#whole(this.rank.tensor(fullName))]] : [];
    });
    return { ...this.#commonOf(operation), ...Object.fromEntries(own) };
  }

  /** No tidy owns what is the same for all slices. */
  end(): void {
    for (const tensors of this.#common.values()) dispose(Object.values(tensors).filter(tensor => tensor !== undefined));
    this.#common.clear();
  }

  #commonOf(operation: Operation): Tensors {
    const found = this.#common.get(operation);
    if (found) return found;
    const planned = Object.entries(operation.tensors).map(
      ([name, fullName]) => [name, this.rank.tensor(fullName)] as const,
    );
    const whole: Tensors = Object.fromEntries(
      planned.flatMap(([name, tensor]) => (tensor.owner === 'summed' ? [[name, keep(this.#whole(tensor))]] : [])),
    );
    this.#common.set(operation, whole);
    const { prepare } = implementationOf(operation);
    if (!prepare) return whole;
    const prepared: Tensors = tidy(() => {
      const made = prepare(operation, whole);
      for (const tensor of Object.values(made)) keep(tensor!);
      return made;
    });
    const common = { ...whole, ...prepared };
    this.#common.set(operation, common);
    return common;
  }

  #part(name: string, slice: number): Tensor {
    const { start, end, shape } = this.rank.layout.partOf(name, slice);
    return fromArray(this.state.subarray(start, end), shape);
  }

  #whole({ name, shape }: TensorPlan): Tensor {
    const { start, end } = this.rank.layout.rangeOf(name);
    return fromArray(this.state.subarray(start, end), shape);
  }
}
