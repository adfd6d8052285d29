/** The group of ranks that are threads of one process: everything passes through the memory that they share. */
import {
  notFinite,
  placeSummands,
  type SharedMemory,
  type SummandPlace,
  toldElements,
} from '../../memory/sharedMemory.js';
import type { Exchange, Plan } from '../../model/plan.js';
import { sizeOf } from '../../model/shape.js';
import { type Range, slicesOfRank } from '../../model/slices.js';
import { sizeOfImage } from '../../pictures/picture.js';
import { copyTo, reshape } from '../tensorflow/ops.js';
import { type Tensor, tidy } from '../tensorflow/tensors.js';
import type { Routines } from '../webAssembly/routines.js';
import { cutWhole, type ExchangeRegion, readExchange, writeExchange } from './exchange.js';
import type { BySlice, Direction, Group, Rows, Told } from './group.js';

/** What is the same in every order. */
export interface Surroundings {
  readonly plan: Plan;
  readonly shared: SharedMemory;
  readonly routines: Routines;
  readonly sliceCount: number;
  readonly ranks: number;
}

export class SharedMemoryGroup implements Group {
  readonly sliceCount: number;
  readonly ranks: number;
  readonly slices: readonly number[];
  readonly batchSize: number;
  readonly current: Float32Array;
  readonly next: Float32Array;
  readonly batch: Uint32Array;
  readonly #shared: SharedMemory;
  readonly #plan: Plan;
  readonly #routines: Routines;
  readonly #scratch: Float32Array;
  readonly #summands: ReadonlyMap<string, SummandPlace>;

  /** @param meet - waits for the other ranks */
  constructor(
    readonly rank: number,
    { plan, shared, routines, sliceCount, ranks }: Surroundings,
    readonly meet: (name: string) => void,
  ) {
    const current = Atomics.load(shared.control, 0) as 0 | 1;
    this.sliceCount = sliceCount;
    this.ranks = ranks;
    this.slices = slicesOfRank(sliceCount, ranks, rank);
    this.batch = shared.batch;
    this.batchSize = shared.batch.length;
    this.current = shared.states[current];
    this.next = shared.states[current === 0 ? 1 : 0];
    this.#shared = shared;
    this.#plan = plan;
    this.#routines = routines;
    this.#scratch = shared.scratch[rank]!;
    this.#summands = placeSummands(plan);
  }

  exchange(exchange: Exchange, direction: Direction, rows: Rows, values: BySlice, meeting: string): BySlice {
    // Everyone has all of it: nothing need pass between them.
    if (exchange.given === 'whole')
      return slice => tidy(() => cutWhole(values(slice), exchange.taken, rows, this.sliceCount, slice));
    const regions = direction === 'forward' ? this.#shared.exchanges : this.#shared.exchangesBack;
    const region: ExchangeRegion = {
      ...regions.get(exchange.name)!,
      ...{ given: exchange.given, taken: exchange.taken, width: exchange.width, rows },
      ...{ slices: this.sliceCount, rank: this.rank, ranks: this.ranks, routines: this.#routines },
    };
    for (const slice of this.slices) {
      if (exchange.given === 'images' && isEmpty(rows.of(slice))) continue;
      writeExchange(region, slice, values(slice));
    }
    this.meet(meeting);
    if (exchange.taken !== 'whole') return slice => tidy(() => readExchange(region, slice));
    const whole = tidy(() => readExchange(region, 0));
    return () => whole;
  }

  leaveSummand(parameter: string, slice: number, gradient: Tensor | undefined): void {
    const { stride, offset } = this.#summands.get(parameter)!;
    const start = slice * stride + offset;
    const { shape } = this.#plan.tensors.find(({ name }) => name === parameter)!;
    const target = this.#shared.summands.subarray(start, start + sizeOf(shape));
    if (gradient) copyTo(target, gradient);
    else target.fill(0);
  }

  sumOverSlices(parameter: string, { start, end }: Range): Float32Array {
    const { stride, offset } = this.#summands.get(parameter)!;
    const first = this.#shared.summands.byteOffset + 4 * (offset + start);
    const sum = this.#scratch.subarray(0, end - start);
    this.#routines.sumSlices(first, 4 * stride, this.sliceCount, sum.byteOffset, 1, 0, sum.length);
    return sum;
  }

  placeGradient(gradient: Tensor): Float32Array {
    const place = this.#scratch.subarray(0, gradient.size);
    copyTo(place, gradient);
    return place;
  }

  leaveImages(first: number, images: Tensor): void {
    const start = first * sizeOfImage(this.#plan.model.image);
    copyTo(this.#shared.images.subarray(start, start + images.size), reshape(images, [-1]));
  }

  leaveScores(logits: Float32Array): void {
    if (this.rank === 0) this.#shared.scores.set(logits);
  }

  tell(told: Told): void {
    if (this.rank !== 0) return;
    for (const [name, value] of Object.entries(told))
      this.#shared.told[toldElements[name as keyof typeof toldElements]] = value;
  }

  leaveFingerprint(sum: bigint): void {
    this.#shared.fingerprints[this.rank] = sum;
  }

  blame(place: number, what: 'gradient' | 'parameter'): void {
    Atomics.or(this.#shared.health, place, notFinite[what]);
  }
}

const isEmpty = ({ start, end }: Range) => start === end;
