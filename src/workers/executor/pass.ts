/**
 * The executor: takes one rank's slices forward and backward through a network, as its plan says.
 * Where forms change, the ranks exchange. Between two exchanges a slice runs through all operations
 * before the next slice starts, so its numbers stay in cache.
 */
import { dualOf } from '../../model/forms.js';
import type { OptimizerStep } from '../../model/optimizers.js';
import type { Exchange, NetworkPlan, Segment } from '../../model/plan.js';
import type { Operation } from '../../model/shard.js';
import { partOf } from '../../model/slices.js';
import type { BySlice, Rows } from '../group/group.js';
import type { Kept, Statistics } from '../layers/operation.js';
import { implementationOf } from '../layers/operations.js';
import type { Rank } from '../rank.js';
import { copyTo, own } from '../tensorflow/ops.js';
import { type Tensor, type Tensors, tidy } from '../tensorflow/tensors.js';
import { thread } from '../thread.js';
import { Parameters } from './parameters.js';
import { updatePart, updateSummed } from './update.js';

export interface PassOptions {
  /** Where parameters are read. */
  readonly state: Float32Array;
  /** Images in all slices together. */
  readonly images: number;
  /** Two when D sees a real and a fake one for each image of the batch. */
  readonly rowsPerImage?: number;
  /** In errors: whose turn it is. */
  readonly label: string;
  /** What normalises: by default the moving statistics. */
  readonly statistics?: Statistics;
  /** Where the network is updated in this pass: its statistics move on the way forward, its parameters in `update`. */
  readonly optimizer?: OptimizerStep;
}

/** Runs a turn; afterwards, also if it fails, frees every tensor that it made. */
export function takeTurn(turn: () => void): void {
  try {
    tidy(turn);
  } finally {
    for (const end of thread.endings) end();
    thread.endings.clear();
  }
}

/** A slice's way through a segment. */
type Run = (slice: number, operations: readonly Operation[], input: Tensor) => Tensor;

export class Pass {
  readonly #parameters: Parameters;
  readonly #kept = new Map<string, Kept>();
  readonly #rows: Rows;

  constructor(
    private readonly rank: Rank,
    private readonly network: NetworkPlan,
    private readonly options: PassOptions,
  ) {
    const { images, rowsPerImage = 1 } = options;
    this.#rows = {
      count: images * rowsPerImage,
      of(slice) {
        const { start, end } = partOf(images, rank.group.sliceCount, slice);
        return { start: start * rowsPerImage, end: end * rowsPerImage };
      },
    };
    this.#parameters = new Parameters(rank, options.state);
    if (options.optimizer) rank.audit.begin(network.network);
    thread.endings.add(() => this.#parameters.end());
  }

  /**
   * `input`, G's noise whole and D's images by image, through all operations: G's images by image,
   * D's logits whole.
   */
  forward(input: BySlice): BySlice {
    let values = input;
    for (const segment of this.network.segments) {
      if (segment.before) values = this.#exchange(segment.before, 'forward', values);
      values = this.#eachSlice(segment, values, (slice, operations, x) => this.#runForward(slice, operations, x));
    }
    return this.network.exit ? this.#exchange(this.network.exit, 'forward', values) : values;
  }

  /** From the gradient of the output, in the output's form, to that of the input. */
  backward(gradient: BySlice): BySlice {
    return this.#goBack(gradient, true);
  }

  /**
   * As `backward`, and updates the network: on the way each parameter whose gradient is complete in
   * a slice (`#takeGradients`), and after a meeting those that are summed. The gradient of the
   * input is not computed.
   */
  update(gradient: BySlice): void {
    this.#goBack(gradient, false);
    this.rank.group.meet(`${this.options.label}, update of the convolutions`);
    for (const tensor of this.rank.plan.tensors) {
      if (tensor.network !== this.network.network || tensor.owner !== 'summed' || tensor.role !== 'parameter') continue;
      updateSummed(this.rank, tensor, this.options.state, this.options.optimizer!);
    }
  }

  #goBack(gradient: BySlice, needsInput: boolean): BySlice {
    const { segments, exit } = this.network;
    // What the exit gave whole was whole for everyone, and so is its gradient.
    const back = exit && { ...exit, given: exit.taken, taken: dualOf(exit.given) };
    let values = back ? this.#exchange(back, 'backward', gradient) : gradient;
    for (const [i, segment] of [...segments.entries()].reverse()) {
      const isEnd = i === 0 && !needsInput;
      values = this.#eachSlice(segment, values, (slice, operations, dy) =>
        this.#runBackward(slice, operations, dy, isEnd),
      );
      if (segment.before && !isEnd) values = this.#exchange(dualExchange(segment.before), 'backward', values);
    }
    return values;
  }

  #exchange(exchange: Exchange, direction: 'forward' | 'backward', values: BySlice): BySlice {
    const meeting = `${this.options.label}, ${direction} to ${exchange.name}`;
    return this.rank.group.exchange(exchange, direction, this.#rows, values, meeting);
  }

  /** Runs a segment for each slice; intermediate tensors go as soon as the slice is through. */
  #eachSlice({ operations }: Segment, values: BySlice, run: Run): BySlice {
    const results = new Map<number, Tensor>();
    const isByImage = operations[0]!.takes === 'images';
    for (const slice of this.rank.group.slices) {
      const { start, end } = this.#rows.of(slice);
      if (isByImage && start === end) this.#leaveNothing(slice, operations);
      else results.set(slice, run(slice, operations, values(slice)));
    }
    return slice => results.get(slice)!;
  }

  #runForward(slice: number, operations: readonly Operation[], input: Tensor): Tensor {
    const { statistics = 'moving', optimizer } = this.options;
    const keptBy = new Map<Operation, Kept>();
    const [output] = tidy(() => {
      let x = input;
      for (const operation of operations) {
        const parameters = this.#parameters.of(operation, slice);
        const result = implementationOf(operation).forward(operation, x, parameters, statistics);
        if (result.statistics && optimizer) this.#replaceStatistics(operation, slice, result.statistics);
        keptBy.set(operation, result.kept.map(own));
        x = result.output;
      }
      // What a tidy returns survives it: the output, and what the way back needs.
      return [own(x), ...keptBy.values()].flat();
    });
    for (const [{ name }, kept] of keptBy) this.#kept.set(`${name} ${slice}`, kept);
    return output!;
  }

  #runBackward(slice: number, operations: readonly Operation[], gradient: Tensor, isEnd: boolean): Tensor {
    const isUpdated = this.options.optimizer !== undefined;
    return tidy(() => {
      let dy = gradient;
      for (const operation of [...operations].reverse()) {
        const wanted = { input: !(isEnd && operation === operations[0]), parameters: isUpdated };
        const parameters = this.#parameters.of(operation, slice);
        const kept = this.#kept.get(`${operation.name} ${slice}`)!;
        const { dx, gradients } = implementationOf(operation).backward(operation, dy, kept, parameters, wanted);
        if (isUpdated) this.#takeGradients(operation, slice, gradients);
        dy = dx ?? dy;
      }
      // At the end nobody reads it.
      return isEnd ? gradient : own(dy);
    });
  }

  #takeGradients({ tensors }: Operation, slice: number, gradients: Tensors): void {
    const { state, optimizer } = this.options;
    for (const [name, gradient] of Object.entries(gradients)) {
      const parameter = this.rank.tensor(tensors[name]!);
      if (parameter.owner === 'summed') this.rank.group.leaveSummand(parameter.name, slice, gradient);
      else updatePart(this.rank, parameter, slice, gradient!, state, optimizer!);
    }
  }

  /** What a slice without images owes to the sums. */
  #leaveNothing(slice: number, operations: readonly Operation[]): void {
    if (!this.options.optimizer) return;
    for (const { tensors, owners } of operations)
      for (const [name, parameter] of Object.entries(tensors))
        if (owners[name] === 'summed') this.rank.group.leaveSummand(parameter, slice, undefined);
  }

  #replaceStatistics({ tensors }: Operation, slice: number, values: Tensors): void {
    for (const [name, value] of Object.entries(values)) {
      const tensor = this.rank.tensor(tensors[name]!);
      const { start, end } = this.rank.layout.partOf(tensor.name, slice);
      const target = this.rank.group.next.subarray(start, end);
      copyTo(target, value!);
      this.rank.audit.addStatistic(tensor, target);
    }
  }
}

/** What an exchange is on the way back. */
const dualExchange = (exchange: Exchange): Exchange => ({
  ...exchange,
  given: dualOf(exchange.taken),
  taken: dualOf(exchange.given),
});
