/**
 * The memory that the workers of plain data parallelism share: all parameters, a velocity and a sum
 * of gradients for each, and every worker's own gradients of all of them. A tensor has the same
 * place in each.
 */
import { barrierSlots } from '../../../../src/memory/barrier.js';
import { referencePlan } from '../../../../src/model/plan.js';
import { type Shape, sizeOf } from '../../../../src/model/shape.js';
import type { Range } from '../../../../src/model/slices.js';

/** Numbers in 64 bytes: TensorFlow uses such memory in place. */
export const alignment = 16;
/** Numbers that are summed and updated at once: few enough to stay in the cache. */
export const chunk = 16384;

const aligned = (length: number): number => Math.ceil(length / alignment) * alignment;

const places = new Map<string, Range>();
const { tensors } = referencePlan();
const parameters = tensors.filter(({ role }) => role === 'parameter');
const statistics = tensors.filter(({ role }) => role === 'statistic');
let length = 0;
// What no gradient updates comes last, so that a network's gradients are one run of numbers.
for (const { name, shape } of [...parameters, ...statistics]) {
  places.set(name, { start: length, end: length + sizeOf(shape) });
  length += aligned(sizeOf(shape));
}

export const placeOf = (name: string): Range => places.get(name)!;

export const shapeOf = (name: string): Shape => tensors.find(tensor => tensor.name === name)!.shape;

/** The run of a network's trained numbers. */
export function rangeOf(network: 'generator' | 'discriminator'): Range {
  const starts = parameters.filter(tensor => tensor.network === 'discriminator').map(({ name }) => placeOf(name).start);
  const boundary = Math.min(...starts);
  if (network === 'generator') return { start: 0, end: boundary };
  return { start: boundary, end: placeOf(statistics[0]!.name).start };
}

export interface View {
  readonly state: Float32Array;
  readonly velocity: Float32Array;
  /** Of each worker. */
  readonly gradients: readonly Float32Array[];
  /** Of each worker, its sums on their way into the update. */
  readonly scratch: readonly Float32Array[];
  /** Of each worker, the losses of its images: D's, G's. */
  readonly losses: readonly Float32Array[];
  readonly barrier: Int32Array;
}

export function allocate(workers: number): WebAssembly.Memory {
  const pages = Math.ceil(map(workers).bytes / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

export function view({ buffer }: WebAssembly.Memory, workers: number): View {
  const { state, velocity, gradients, scratch, losses, barrier } = map(workers);
  const floats = (start: number, count = length) => new Float32Array(buffer, start, count);
  return {
    state: floats(state),
    velocity: floats(velocity),
    gradients: gradients.map(start => floats(start)),
    scratch: scratch.map(start => floats(start, chunk)),
    losses: losses.map(start => floats(start, 2)),
    barrier: new Int32Array(buffer, barrier, barrierSlots(workers)),
  };
}

/** Where everything starts, in bytes. Address 0 is no place for data in WebAssembly. */
function map(workers: number) {
  let bytes = 1024;
  const place = (count: number): number => {
    const start = bytes;
    bytes += 4 * aligned(count);
    return start;
  };
  const each = (count: number) => Array.from({ length: workers }, () => place(count));
  const regions = {
    ...{ state: place(length), velocity: place(length), gradients: each(length) },
    ...{ scratch: each(chunk), losses: each(2), barrier: place(barrierSlots(workers)) },
  };
  return { ...regions, bytes };
}
