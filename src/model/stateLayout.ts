/**
 * Where each tensor of the state (plan.ts: parameters, statistics, the optimizers' slots) lies in one state buffer, in
 * float32 elements. Row major as in the store, but for the dense kernels whose columns slices own: those are cut into
 * `slices` blocks of columns, each block contiguous and row major, so that a slice's block is one run of memory.
 * Tensors start at multiples of 64 bytes: TensorFlow uses aligned memory in place, without a copy.
 */
import type { Plan, TensorPlan } from './plan.js';
import { type Shape, sizeOf } from './shape.js';
import { partOf, type Range } from './slices.js';

const floatsPer64Bytes = 16;

export interface StateLayout {
  readonly slices: number;
  /** In the order in which they lie. */
  readonly tensors: readonly TensorPlan[];
  /** Size of one state buffer in floats. */
  readonly length: number;
  /** Where the whole tensor lies. */
  rangeOf(name: string): Range;
  /**
   * Where slice `slice`'s part of a tensor lies: its columns where slices own columns, else its
   * part of the first axis.
   */
  partOf(name: string, slice: number): Range & { readonly shape: Shape };
}

export function planState({ state: tensors }: Pick<Plan, 'state'>, slices: number): StateLayout {
  const places = new Map<string, { start: number; tensor: TensorPlan }>();
  let length = 0;
  for (const tensor of tensors) {
    places.set(tensor.name, { start: length, tensor });
    length += Math.ceil(sizeOf(tensor.shape) / floatsPer64Bytes) * floatsPer64Bytes;
  }
  const find = (name: string) => {
    const found = places.get(name);
    if (!found) throw new RangeError(`no tensor is named ${name}`);
    return found;
  };
  return {
    slices,
    tensors,
    length,
    rangeOf(name) {
      const { start, tensor } = find(name);
      return { start, end: start + sizeOf(tensor.shape) };
    },
    partOf(name, slice) {
      const { start, tensor } = find(name);
      const [first = 1, ...rest] = tensor.shape;
      if (tensor.owner === 'columns') {
        const columns = partOf(rest[0]!, slices, slice);
        return {
          start: start + first * columns.start,
          end: start + first * columns.end,
          shape: [first, columns.end - columns.start],
        };
      }
      const rows = partOf(first, slices, slice);
      const width = sizeOf(rest);
      return {
        start: start + rows.start * width,
        end: start + rows.end * width,
        shape: [rows.end - rows.start, ...rest],
      };
    },
  };
}

/** A tensor of a state with its numbers, row major. */
export interface StateTensor extends TensorPlan {
  readonly data: Float32Array;
}

/**
 * Yields the tensors of a state one at a time, row major, in what `allocate` gives for so many
 * numbers: by default memory of its own.
 */
export function* readState(
  buffer: SharedArrayBuffer,
  layout: StateLayout,
  byteOffset = 0,
  allocate = (length: number): Float32Array => new Float32Array(length),
): Iterable<StateTensor> {
  const state = new Float32Array(buffer, byteOffset, layout.length);
  for (const tensor of layout.tensors) {
    const data = allocate(sizeOf(tensor.shape));
    copyTensor(layout, tensor, (from, to, count) => data.set(state.subarray(from, from + count), to));
    yield { ...tensor, data };
  }
}

/** Puts one row-major tensor at its place in a state. Throws RangeError if its length is not that of its shape. */
export function writeTensor(state: Float32Array, layout: StateLayout, name: string, data: Float32Array): void {
  const tensor = layout.tensors.find(each => each.name === name);
  if (!tensor || data.length !== sizeOf(tensor.shape)) {
    throw new RangeError(`${name} with ${data.length} numbers is not a tensor of this model`);
  }
  copyTensor(layout, tensor, (to, from, count) => state.set(data.subarray(from, from + count), to));
}

/**
 * Calls `copy(place in the state, place in the row-major tensor, count)` for every run of numbers
 * that stays together.
 */
function copyTensor(
  layout: StateLayout,
  tensor: TensorPlan,
  copy: (inState: number, inTensor: number, count: number) => void,
): void {
  const range = layout.rangeOf(tensor.name);
  if (tensor.owner !== 'columns') {
    copy(range.start, 0, range.end - range.start);
    return;
  }
  const [rows = 0, columns = 0] = tensor.shape;
  for (let slice = 0; slice < layout.slices; slice++) {
    const { start, end } = partOf(columns, layout.slices, slice);
    const blockStart = layout.partOf(tensor.name, slice).start;
    for (let row = 0; row < rows; row++) {
      copy(blockStart + row * (end - start), row * columns + start, end - start);
    }
  }
}
