/**
 * The one block of memory that the coordinator and all ranks share, and its map:
 *
 *   region              who writes it, when                                        who reads it
 *   control             coordinator, between steps: which state is current         ranks
 *   barrier             ranks, at every phase: who has come, and each one's phase  ranks; coordinator when a rank fails
 *   states[0], [1]      ranks: their slices of `next`; never `current`             all ranks; coordinator between steps
 *   batch               coordinator, between steps: the batch's image numbers      ranks
 *   told                rank 0, at the end of a turn: losses and means             coordinator, after the step
 *   fingerprints        ranks, at the step's end: the sum of the bits they wrote   coordinator, after the step
 *   health              ranks: what of a tensor is not finite                      coordinator, after the step
 *   images              ranks: the fakes of their slices                           coordinator, after the step
 *   scores              rank 0: logits of the images                               coordinator, after the step
 *   exchange/NAME       ranks, forward: before the meeting of operation NAME       ranks, after it
 *   back/NAME           ranks, likewise, gradients on the way back                 ranks, after it
 *   sum of either       ranks: where summands were exchanged, their slices' sums   the same rank
 *   summands            ranks: each slice's gradients of summed parameters          ranks, after a barrier
 *   scratch[rank]       that rank: a gradient on its way into the update           that rank
 *
 * It is a shared WebAssembly memory, so that the routines work on it in place. Regions start at multiples of 64
 * bytes, because TensorFlow uses such memory in place.
 */
import { dualOf, type Form } from '../model/forms.js';
import { imagesPerGeneration } from '../model/imagesPerGeneration.js';
import type { Exchange, Plan, TensorPlan } from '../model/plan.js';
import { sizeOf } from '../model/shape.js';
import { planState } from '../model/stateLayout.js';
import { sizeOfImage } from '../pictures/picture.js';
import { ConfigError } from '../shared/errors.js';
import { barrierSlots } from './barrier.js';

/** What fixes the size of the memory, besides the model. */
export interface GroupSize {
  readonly batchSize: number;
  readonly slices: number;
  readonly ranks: number;
}

/** Elements of `told`. */
export const toldElements = { dLoss: 0, gLoss: 1, dReal: 2, dFake: 3 } as const;

/** Bits of an element of `health`, one element a tensor of the model; a velocity counts as its parameter. */
export const notFinite = { gradient: 1, parameter: 2 } as const;

const pageBytes = 65536;
const maxPages = 65536;
const alignment = 64;
const floatsPer64Bytes = 16;

export interface SharedMemory {
  readonly memory: WebAssembly.Memory;
  /** Slot 0: the number of the current state, 0 or 1. */
  readonly control: Int32Array;
  readonly barrier: Int32Array;
  readonly states: readonly [Float32Array, Float32Array];
  readonly batch: Uint32Array;
  readonly told: Float32Array;
  readonly fingerprints: BigUint64Array;
  readonly health: Int32Array;
  readonly images: Float32Array;
  readonly scores: Float32Array;
  readonly exchanges: ReadonlyMap<string, ExchangeMemory>;
  readonly exchangesBack: ReadonlyMap<string, ExchangeMemory>;
  readonly summands: Float32Array;
  readonly scratch: readonly Float32Array[];
}

/** Where an exchange writes, and where what it must sum is summed. */
export interface ExchangeMemory {
  readonly region: Float32Array;
  readonly sums: Float32Array;
}

/**
 * From one summand of `length` floats to the next: a cache line farther than they are long, as
 * summands that are read together must not all fall into the same lines of the cache.
 */
export const summandStride = (length: number): number => padded(length) + floatsPer64Bytes;

/** The parameters whose gradients are summed over the slices. */
const summedTensors = ({ tensors }: Plan): TensorPlan[] => tensors.filter(isSummed);
const isSummed = ({ role, owner }: TensorPlan) => role === 'parameter' && owner === 'summed';

/** Floats that one slice's summands take. */
const summandsLength = (plan: Plan): number =>
  summedTensors(plan).reduce((sum, { shape }) => sum + padded(sizeOf(shape)), 0);

/** Where the slices' summands of a parameter lie. */
export interface SummandPlace {
  /** Floats from one slice's to the next one's. */
  readonly stride: number;
  /** Where the parameter's begins among a slice's. */
  readonly offset: number;
}

export function placeSummands(plan: Plan): Map<string, SummandPlace> {
  const stride = summandsLength(plan);
  let offset = 0;
  return new Map(
    summedTensors(plan).map(({ name, shape }) => {
      const place = { stride, offset };
      offset += padded(sizeOf(shape));
      return [name, place];
    }),
  );
}

function padded(floats: number): number {
  return Math.ceil(floats / floatsPer64Bytes) * floatsPer64Bytes;
}

/** Bytes of the memory. */
export const sizeOfMemory = (plan: Plan, size: GroupSize): number => mapMemory(plan, size).bytes;

/**
 * Allocates the memory.
 * @throws ConfigError when it is more than WebAssembly can address, or than the machine can give
 */
export function allocateMemory(plan: Plan, size: GroupSize): SharedMemory {
  const { bytes } = mapMemory(plan, size);
  const pages = Math.ceil(bytes / pageBytes);
  try {
    return viewMemory(plan, size, new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  } catch (error) {
    const gigabytes = (bytes / 2 ** 30).toFixed(1);
    throw new ConfigError(
      `training.batchSize ${size.batchSize} with parallel.slices ${size.slices} needs ${gigabytes} GiB of shared memory, and ${pages > maxPages ? 'WebAssembly can address 4.0' : 'this machine does not give it'}: take a smaller batch or fewer slices`,
      'training.batchSize',
      undefined,
      { cause: error },
    );
  }
}

/** The regions of a memory that was allocated for the same plan and size. */
export function viewMemory(plan: Plan, size: GroupSize, memory: WebAssembly.Memory): SharedMemory {
  const { regions } = mapMemory(plan, size);
  const region = (name: string) => regions.get(name)!;
  const floats = (name: string) => new Float32Array(memory.buffer, region(name).byteOffset, region(name).length);
  const ints = (name: string) => new Int32Array(memory.buffer, region(name).byteOffset, region(name).length);
  const exchanged = (prefix: string) =>
    new Map(
      plan.exchanges.map(({ name }): [string, ExchangeMemory] => [
        name,
        { region: floats(`${prefix}/${name}`), sums: floats(`${prefix}/${name} sum`) },
      ]),
    );
  return {
    memory,
    control: ints('control'),
    barrier: ints('barrier'),
    states: [floats('state/0'), floats('state/1')],
    batch: new Uint32Array(memory.buffer, region('batch').byteOffset, region('batch').length),
    told: floats('told'),
    fingerprints: new BigUint64Array(memory.buffer, region('fingerprints').byteOffset, size.ranks),
    health: ints('health'),
    images: floats('images'),
    scores: floats('scores'),
    exchanges: exchanged('exchange'),
    exchangesBack: exchanged('back'),
    summands: floats('summands'),
    scratch: Array.from({ length: size.ranks }, (_, rank) => floats(`scratch/${rank}`)),
  };
}

/** Every region's place; all of them have elements of four bytes. */
function mapMemory(plan: Plan, { batchSize, slices, ranks }: GroupSize) {
  const regions = new Map<string, { byteOffset: number; length: number }>();
  // The first bytes stay unused, as address 0 is no place for data in WebAssembly; but for a trial of `copyInPlaceTo`.
  let bytes = 1024;
  const place = (name: string, length: number) => {
    regions.set(name, { byteOffset: bytes, length });
    bytes += Math.ceil((length * 4) / alignment) * alignment;
  };
  const images = Math.max(batchSize, imagesPerGeneration);
  place('control', 1);
  place('barrier', barrierSlots(ranks));
  for (const state of [0, 1]) place(`state/${state}`, planState(plan, slices).length);
  place('batch', batchSize);
  place('told', Object.keys(toldElements).length);
  place('fingerprints', 2 * ranks);
  place('health', plan.tensors.length);
  place('images', images * sizeOfImage(plan.model.image));
  place('scores', images);
  for (const { name, network, width, given, taken } of plan.exchanges) {
    const length = width * mostRows[network](batchSize);
    const placeExchange = (name: string, given: Form, taken: Form) => {
      place(name, given === 'partial' ? slices * summandStride(length) : length);
      // Of the whole every rank has a sum of its own.
      const sums = taken === 'whole' ? ranks * padded(length) : length;
      place(`${name} sum`, given === 'partial' ? sums : 0);
    };
    placeExchange(`exchange/${name}`, given, taken);
    placeExchange(`back/${name}`, dualOf(taken), dualOf(given));
  }
  place('summands', slices * summandsLength(plan));
  const scratch = Math.max(...plan.tensors.map(({ shape }) => mostOfSlice(shape, slices)));
  for (let rank = 0; rank < ranks; rank++) place(`scratch/${rank}`, scratch);
  return { regions, bytes };
}

/** Rows that go through a network at once at most: D sees a real and a fake image for each of the batch. */
const mostRows: Readonly<Record<Exchange['network'], (batchSize: number) => number>> = {
  generator: batchSize => Math.max(batchSize, imagesPerGeneration),
  discriminator: batchSize => Math.max(2 * batchSize, imagesPerGeneration),
};

/** A gradient on its way into the update: at most the columns, or rows, of a tensor that a slice owns. */
function mostOfSlice(shape: readonly number[], slices: number): number {
  const partOf = (axis: number) => (sizeOf(shape) / axis) * Math.ceil(axis / slices);
  return Math.max(partOf(shape.at(-1)!), partOf(shape[0]!));
}
