/**
 * The one block of memory that the coordinator and all ranks share, and its map:
 *
 *   region              who writes it, when                                        who reads it
 *   control             coordinator, between steps: which state is current         ranks
 *   barrier             ranks, at every phase: who has come, and each one's phase  ranks; coordinator when a rank fails
 *   states[0], [1]      ranks: their slices of `next`; never `current`             all ranks; coordinator between steps
 *   batch               coordinator, between steps: the batch's image numbers      ranks
 *   outcome             rank 0, at the end of a turn: losses and means             coordinator, after the step
 *   fingerprints        ranks, at the step's end: the sum of the bits they wrote   coordinator, after the step
 *   health              ranks: what of a tensor is not finite                      coordinator, after the step
 *   images              ranks: the fakes of their slices                           coordinator, after the step
 *   scores              rank 0: logits of the images                               coordinator, after the step
 *   exchange/NAME       ranks, forward: before the barrier of layer NAME           ranks, after it
 *   gradient/NAME       ranks, backward, likewise                                  ranks, after it
 *   sum of either       ranks: where summands were exchanged, their slices' sums   the same rank
 *   summands            ranks: each slice's gradients of the convolutions          ranks, after a barrier
 *   scratch[rank]       that rank: a gradient on its way into the update           that rank
 *
 * It is a shared WebAssembly memory, so that the update kernel works on it in place. Regions start at multiples of 64
 * bytes, because TensorFlow uses such memory in place.
 */

import { dualOf, type Form, listExchanges } from '../model/networks.js';
import { planState } from '../model/stateLayout.js';
import { imagesPerGeneration, modelTensors, pixelsPerImage, sizeOf } from '../model/tensors.js';
import { ConfigError } from '../shared/errors.js';
import { barrierSlots } from './barrier.js';

/** What fixes the size of the memory. */
export interface MemoryPlan {
  readonly batchSize: number;
  readonly slices: number;
  readonly ranks: number;
}

/** Elements of `outcome`. */
export const outcomeSlots = { dLoss: 0, gLoss: 1, dReal: 2, dFake: 3 } as const;

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
  readonly outcome: Float32Array;
  readonly fingerprints: BigUint64Array;
  readonly health: Int32Array;
  readonly images: Float32Array;
  readonly scores: Float32Array;
  readonly exchanges: ReadonlyMap<string, ExchangeMemory>;
  readonly gradients: ReadonlyMap<string, ExchangeMemory>;
  readonly summands: Float32Array;
  readonly scratch: readonly Float32Array[];
}

/** Where an exchange writes, and where what it must sum is summed. */
export interface ExchangeMemory {
  readonly region: Float32Array;
  readonly sums: Float32Array;
}

/**
 * From one summand of `length` floats to the next: a cache line farther than they are long, as summands that are read together
 * must not all fall into the same lines of the cache.
 */
export const summandStride = (length: number): number => padded(length) + floatsPer64Bytes;

/** The trainable tensors whose gradients are summed over the slices: those of the convolutions. */
export const summedTensors = modelTensors.filter(t => t.name.includes('/conv_'));

/** Floats that one slice's summands take. */
export const summandsLength = summedTensors.reduce((sum, t) => sum + padded(sizeOf(t.shape)), 0);

/** Where a convolution tensor's gradient lies among a slice's summands. */
export function summandOffset(name: string): number {
  const before = summedTensors.slice(
    0,
    summedTensors.findIndex(t => t.name === name),
  );
  return before.reduce((sum, t) => sum + padded(sizeOf(t.shape)), 0);
}

function padded(floats: number): number {
  return Math.ceil(floats / floatsPer64Bytes) * floatsPer64Bytes;
}

/** Allocates the memory. @throws ConfigError when it is more than WebAssembly can address, or than the machine can give */
export function allocateMemory(plan: MemoryPlan): SharedMemory {
  const { bytes } = mapMemory(plan);
  const pages = Math.ceil(bytes / pageBytes);
  try {
    return viewMemory(plan, new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  } catch (error) {
    const gigabytes = (bytes / 2 ** 30).toFixed(1);
    throw new ConfigError(
      `training.batchSize ${plan.batchSize} with parallel.slices ${plan.slices} needs ${gigabytes} GiB of shared memory, and ${pages > maxPages ? 'WebAssembly can address 4.0' : 'this machine does not give it'}: take a smaller batch or fewer slices`,
      'training.batchSize',
      undefined,
      { cause: error },
    );
  }
}

/** The regions of a memory that was allocated for the same plan. */
export function viewMemory(plan: MemoryPlan, memory: WebAssembly.Memory): SharedMemory {
  const { regions } = mapMemory(plan);
  const region = (name: string) => regions.get(name)!;
  const floats = (name: string) => new Float32Array(memory.buffer, region(name).byteOffset, region(name).length);
  const exchanged = (prefix: string, name: string): ExchangeMemory => ({
    region: floats(`${prefix}/${name}`),
    sums: floats(`${prefix}/${name} sum`),
  });
  const named = (prefix: string) => new Map(listExchanges().map(({ name }) => [name, exchanged(prefix, name)]));
  const ints = (name: string) => new Int32Array(memory.buffer, region(name).byteOffset, region(name).length);
  return {
    memory,
    control: ints('control'),
    barrier: ints('barrier'),
    states: [floats('state/0'), floats('state/1')],
    batch: new Uint32Array(memory.buffer, region('batch').byteOffset, region('batch').length),
    outcome: floats('outcome'),
    fingerprints: new BigUint64Array(memory.buffer, region('fingerprints').byteOffset, plan.ranks),
    health: ints('health'),
    images: floats('images'),
    scores: floats('scores'),
    exchanges: named('exchange'),
    gradients: named('gradient'),
    summands: floats('summands'),
    scratch: Array.from({ length: plan.ranks }, (_, rank) => floats(`scratch/${rank}`)),
  };
}

/** Every region's place; all of them have elements of four bytes. */
function mapMemory(plan: MemoryPlan) {
  const regions = new Map<string, { byteOffset: number; length: number }>();
  // The first bytes stay unused, as address 0 is no place for data in WebAssembly; but for a trial of `copyInPlaceTo`.
  let bytes = 1024;
  const place = (name: string, length: number) => {
    regions.set(name, { byteOffset: bytes, length });
    bytes += Math.ceil((length * 4) / alignment) * alignment;
  };
  const images = Math.max(plan.batchSize, imagesPerGeneration);
  const rows = Math.max(2 * plan.batchSize, imagesPerGeneration);
  place('control', 1);
  place('barrier', barrierSlots(plan.ranks));
  for (const state of [0, 1]) place(`state/${state}`, planState(plan.slices).length);
  place('batch', plan.batchSize);
  place('outcome', Object.keys(outcomeSlots).length);
  place('fingerprints', 2 * plan.ranks);
  place('health', modelTensors.length);
  place('images', images * pixelsPerImage);
  place('scores', images);
  for (const exchange of listExchanges()) {
    const most = exchange.name.startsWith('generator/') ? images : rows;
    const placeExchange = (name: string, given: Form, taken: Form) => {
      const length = most * exchange.width;
      place(name, given === 'partial' ? plan.slices * summandStride(length) : length);
      // Of the whole every rank has a sum of its own.
      const sums = taken === 'whole' ? plan.ranks * padded(length) : length;
      place(`${name} sum`, given === 'partial' ? sums : 0);
    };
    placeExchange(`exchange/${exchange.name}`, exchange.given, exchange.taken);
    placeExchange(`gradient/${exchange.name}`, dualOf(exchange.taken), dualOf(exchange.given));
  }
  place('summands', plan.slices * summandsLength);
  // A gradient on its way into the update: at most all columns of a kernel that a slice owns.
  const scratch = Math.max(
    ...modelTensors.map(({ shape }) => (sizeOf(shape) / shape.at(-1)!) * Math.ceil(shape.at(-1)! / plan.slices)),
  );
  for (let rank = 0; rank < plan.ranks; rank++) place(`scratch/${rank}`, scratch);
  return { regions, bytes };
}
