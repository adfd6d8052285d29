/**
 * The executor: takes one rank's slices forward and backward through a network. Layers only say in which form they
 * take and give (networks.ts); where forms change, the executor writes, meets the other ranks at the barrier and reads.
 * Between two exchanges a slice runs through all layers before the next slice starts, so its numbers stay in cache.
 */

import type { ExchangeMemory } from '../../memory/sharedMemory.js';
import { dualOf, type Exchange, exchangeBefore, type Form, type LayerSpec, logits } from '../../model/networks.js';
import { partOf, type Range } from '../../model/slices.js';
import { modelTensors } from '../../model/tensors.js';
import { type ExchangeRegion, readExchange, writeExchange } from '../group/exchange.js';
import type { BackwardContext, Kept } from '../layers/operation.js';
import { layerKinds } from '../layers/operations.js';
import type { Rank } from '../rank.js';
import { copyTo } from '../tensorflow/ops.js';
import { dispose, fromArray, keep, type Tensor, tidy } from '../tensorflow/tensors.js';
import { type Optimizer, update, updateSummed, writeSummand } from './update.js';

/** A tensor for each slice of the rank that has one. */
export type BySlice = (slice: number) => Tensor;

export interface PassOptions {
  /** Where parameters are read. */
  readonly state: Float32Array;
  /** Images in all slices together. */
  readonly images: number;
  /** Two when D sees a real and a fake one for each image of the batch. */
  readonly rowsPerImage?: number;
  /** In errors: whose turn it is. */
  readonly label: string;
  /** Batch statistics instead of moving ones. */
  readonly training?: boolean;
  /** How to update the network on the way back; without it its parameters stay as they are. */
  readonly optimizer?: Optimizer;
}

/** Consecutive layers with no exchange between them. */
interface Segment {
  readonly layers: readonly LayerSpec[];
  /** The form that the segment before gives. */
  readonly given: Form;
}

/** The passes of the turn that this thread is in. */
const open = new Set<Pass>();

/** Runs a turn; afterwards, also if it fails, frees every tensor that it made. */
export function takeTurn(turn: () => void): void {
  try {
    tidy(turn);
  } finally {
    for (const pass of open) pass.end();
    open.clear();
  }
}

export class Pass {
  private readonly segments: Segment[];
  private readonly rowsPerImage: number;
  private readonly kept = new Map<string, Kept>();
  private readonly derived = new Map<string, Tensor>();

  constructor(
    private readonly rank: Rank,
    private readonly layers: readonly LayerSpec[],
    private readonly options: PassOptions,
  ) {
    this.segments = cutIntoSegments(layers);
    this.rowsPerImage = options.rowsPerImage ?? 1;
    if (options.optimizer) rank.audit.begin(this.network);
    open.add(this);
  }

  private get network(): string {
    return this.layers[0]!.name.split('/')[0]!;
  }

  /** The rows of a slice's images. */
  rowsOf(slice: number): Range {
    const { start, end } = partOf(this.options.images, this.rank.sliceCount, slice);
    return { start: start * this.rowsPerImage, end: end * this.rowsPerImage };
  }

  /** `input`, in the form that the first layer takes, through all layers: the last one's output by slice. */
  forward(input: BySlice): BySlice {
    let values = input;
    for (const segment of this.segments) {
      const exchange = exchangeBefore(segment.layers[0]!, segment.given);
      if (exchange) values = this.exchange(exchange, this.rank.shared.exchanges, values, 'forward');
      values = this.eachSlice(segment, (slice, layers) => this.runForward(slice, layers, values(slice)));
    }
    return values;
  }

  /** The whole of an output that the last layer gave as summands: `[rows, 1]` logits, in memory of their own. */
  sumOfOutputs(outputs: BySlice): Float32Array {
    return tidy(() => {
      const sum = this.exchange(logits, this.rank.shared.exchanges, outputs, 'forward')(this.rank.slices[0] ?? 0);
      return sum.read().slice();
    });
  }

  /** The gradient of the output to that of the input by slice, updating on the way if there is an optimizer. */
  backward(gradients: BySlice, { needsInputGradient = false } = {}): BySlice {
    let values = gradients;
    for (const [i, segment] of [...this.segments.entries()].reverse()) {
      const last = i === 0 && !needsInputGradient;
      values = this.eachSlice(segment, (slice, layers) => this.runBackward(slice, layers, values(slice), last));
      const exchange = exchangeBefore(segment.layers[0]!, segment.given);
      if (!exchange) continue;
      const dual = { ...exchange, given: dualOf(exchange.taken), taken: dualOf(exchange.given) };
      values = this.exchange(dual, this.rank.shared.gradients, values, 'backward');
    }
    return values;
  }

  /** Updates what is split by image: needs every slice's gradients, so it comes after a barrier. */
  updateConvolutions(): void {
    this.rank.barrier(`${this.options.label}, update of the convolutions`);
    updateSummed(this.rank, this.network, this.options.state, this.options.optimizer!);
  }

  /** Frees what was derived for all slices: no tidy owns it. */
  end(): void {
    dispose([...this.derived.values()]);
    this.derived.clear();
  }

  private exchange(
    exchange: Exchange,
    regions: ReadonlyMap<string, ExchangeMemory>,
    values: BySlice,
    direction: string,
  ): BySlice {
    const region: ExchangeRegion = {
      ...exchange,
      ...regions.get(exchange.name)!,
      routines: this.rank.routines,
      rank: this.rank.number,
      ranks: this.rank.rankCount,
      rows: this.options.images * this.rowsPerImage,
      slices: this.rank.sliceCount,
      rowsOf: slice => this.rowsOf(slice),
    };
    for (const slice of this.rank.slices) {
      if (exchange.given === 'images' && isEmpty(this.rowsOf(slice))) continue;
      writeExchange(region, slice, values(slice));
    }
    this.rank.barrier(`${this.options.label}, ${direction} to ${exchange.name}`);
    if (exchange.taken !== 'whole') return slice => tidy(() => readExchange(region, slice));
    const whole = tidy(() => readExchange(region, 0));
    return () => whole;
  }

  /** Runs a segment for each slice; intermediate tensors go as soon as the slice is through. */
  private eachSlice(segment: Segment, run: (slice: number, layers: readonly LayerSpec[]) => Tensor): BySlice {
    const results = new Map<number, Tensor>();
    const byImage = segment.layers[0]!.takes === 'images';
    for (const slice of this.rank.slices) {
      if (byImage && isEmpty(this.rowsOf(slice))) this.writeEmptySummands(slice, segment.layers);
      else results.set(slice, run(slice, segment.layers));
    }
    return slice => results.get(slice)!;
  }

  private runForward(slice: number, layers: readonly LayerSpec[], input: Tensor): Tensor {
    const keptBy = new Map<string, Kept>();
    const [result] = tidy(() => {
      let x = input;
      for (const layer of layers) {
        const { output, kept } = layerKinds[layer.kind].forward(layer, x, this.context(slice, layer));
        keptBy.set(layer.name, kept);
        x = output;
      }
      // What a tidy returns survives it: the output, and what the way back needs.
      return [x, ...keptBy.values()].flat();
    });
    for (const [name, kept] of keptBy) this.kept.set(`${name} ${slice}`, kept);
    return result!;
  }

  private runBackward(slice: number, layers: readonly LayerSpec[], gradient: Tensor, last: boolean): Tensor {
    return tidy(() => {
      let dy: Tensor | undefined = gradient;
      for (const layer of [...layers].reverse()) {
        const needsInputGradient = !(last && layer === layers[0]);
        const context = this.backwardContext(slice, layer, needsInputGradient);
        dy = layerKinds[layer.kind].backward(layer, dy!, this.kept.get(`${layer.name} ${slice}`)!, context);
      }
      return dy ?? gradient;
    });
  }

  private context(slice: number, layer: LayerSpec) {
    const { layout } = this.rank;
    const { state, training = false } = this.options;
    const derive = (key: string, make: () => Tensor) => {
      const found = this.derived.get(key) ?? keep(tidy(make));
      this.derived.set(key, found);
      return found;
    };
    return {
      slice,
      training,
      part: (name: string) => {
        const { start, end, shape } = layout.partOf(`${layer.tensors}/${name}`, slice);
        return fromArray(state.subarray(start, end), shape);
      },
      whole: (name: string) =>
        derive(`${layer.tensors}/${name}`, () => wholeTensor(this.rank, state, `${layer.tensors}/${name}`)),
      shared: (name: string, make: () => Tensor) => derive(`${layer.name} ${name}`, make),
      replacePart: (name: string, value: Tensor) => {
        const { start, end } = layout.partOf(`${layer.tensors}/${name}`, slice);
        const target = this.rank.next.subarray(start, end);
        copyTo(target, value);
        this.rank.audit.addStatistic(`${layer.tensors}/${name}`, target);
      },
    };
  }

  private backwardContext(slice: number, layer: LayerSpec, needsInputGradient: boolean): BackwardContext {
    const { optimizer, state } = this.options;
    const gradient = (name: string, make: () => Tensor) => {
      if (!optimizer) return;
      const tensor = `${layer.tensors}/${name}`;
      if (layer.takes === 'images') writeSummand(this.rank, slice, tensor, make());
      else update(this.rank, tensor, this.rank.layout.partOf(tensor, slice).start, make(), state, optimizer);
    };
    return { ...this.context(slice, layer), needsInputGradient, isUpdated: optimizer !== undefined, gradient };
  }

  private writeEmptySummands(slice: number, layers: readonly LayerSpec[]): void {
    if (!this.options.optimizer) return;
    for (const { tensors } of layers) {
      writeSummand(this.rank, slice, `${tensors}/kernel`, undefined);
      writeSummand(this.rank, slice, `${tensors}/bias`, undefined);
    }
  }
}

function cutIntoSegments(layers: readonly LayerSpec[]): Segment[] {
  const segments: { layers: LayerSpec[]; given: Form }[] = [];
  let given: Form = layers[0]!.takes;
  for (const layer of layers) {
    const last = segments.at(-1);
    if (last && !exchangeBefore(layer, given)) last.layers.push(layer);
    else segments.push({ layers: [layer], given });
    given = layer.gives;
  }
  return segments;
}

/** A parameter as a tensor of its own shape: for what is not cut into blocks. */
function wholeTensor({ layout }: Rank, state: Float32Array, name: string): Tensor {
  const { start, end } = layout.rangeOf(name);
  return fromArray(state.subarray(start, end), modelTensors.find(t => t.name === name)!.shape);
}

const isEmpty = ({ start, end }: Range) => start === end;
