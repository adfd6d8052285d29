/**
 * Where each tensor of the state (model.ts: parameters, moving statistics, velocities) lies in one state buffer, in
 * float32 elements. Row major as in the store, but for the dense kernels that are split by feature: those are cut into
 * `slices` blocks of columns, each block contiguous and row major, so that a slice's block is one run of memory.
 * Tensors start at multiples of 64 bytes: TensorFlow uses aligned memory in place, without a copy.
 */

import { partOf, type Range } from './slices.js';
import { sizeOf, stateTensors, type TensorSpec } from './tensors.js';

const floatsPer64Bytes = 16;
const splitByColumns = /generator\/dense_[12]\/kernel$/;

export interface StateLayout {
  readonly slices: number;
  /** Size of one state buffer in floats. */
  readonly length: number;
  /** Where the whole tensor lies. */
  rangeOf(name: string): Range;
  /** Where slice `slice`'s part of a tensor lies: its columns of a dense kernel, else its part of the first axis. */
  partOf(name: string, slice: number): Range & { readonly shape: readonly number[] };
}

export function planState(slices: number): StateLayout {
  const offsets = new Map<string, { start: number; spec: TensorSpec }>();
  let length = 0;
  for (const spec of stateTensors) {
    offsets.set(spec.name, { start: length, spec });
    length += Math.ceil(sizeOf(spec.shape) / floatsPer64Bytes) * floatsPer64Bytes;
  }
  const find = (name: string) => {
    const found = offsets.get(name);
    if (!found) throw new RangeError(`no tensor is named ${name}`);
    return found;
  };
  return {
    slices,
    length,
    rangeOf(name) {
      const { start, spec } = find(name);
      return { start, end: start + sizeOf(spec.shape) };
    },
    partOf(name, slice) {
      const { start, spec } = find(name);
      const [first = 1, ...rest] = spec.shape;
      if (splitByColumns.test(name)) {
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

export interface NamedTensor extends TensorSpec {
  readonly data: Float32Array;
}

/** Yields the tensors of a state one at a time, row major, in what `allocate` gives for so many numbers: by default memory of its own. */
export function* readState(
  buffer: SharedArrayBuffer,
  slices: number,
  byteOffset = 0,
  allocate = (length: number): Float32Array => new Float32Array(length),
): Iterable<NamedTensor> {
  const layout = planState(slices);
  const state = new Float32Array(buffer, byteOffset, layout.length);
  for (const spec of stateTensors) {
    const data = allocate(sizeOf(spec.shape));
    copyTensor(layout, spec, (from, to, count) => data.set(state.subarray(from, from + count), to));
    yield { ...spec, data };
  }
}

/** Puts one row-major tensor at its place in a state. Throws RangeError if its length is not that of its shape. */
export function writeTensor(state: Float32Array, layout: StateLayout, name: string, data: Float32Array): void {
  const spec = stateTensors.find(t => t.name === name);
  if (!spec || data.length !== sizeOf(spec.shape)) {
    throw new RangeError(`${name} with ${data.length} numbers is not a tensor of this model`);
  }
  copyTensor(layout, spec, (to, from, count) => state.set(data.subarray(from, from + count), to));
}

/** Calls `copy(place in the state, place in the row-major tensor, count)` for every run of numbers that stays together. */
function copyTensor(
  layout: StateLayout,
  spec: TensorSpec,
  copy: (inState: number, inTensor: number, count: number) => void,
): void {
  const range = layout.rangeOf(spec.name);
  if (!splitByColumns.test(spec.name)) {
    copy(range.start, 0, range.end - range.start);
    return;
  }
  const [rows = 0, columns = 0] = spec.shape;
  for (let slice = 0; slice < layout.slices; slice++) {
    const { start, end } = partOf(columns, layout.slices, slice);
    const blockStart = layout.partOf(spec.name, slice).start;
    for (let row = 0; row < rows; row++) {
      copy(blockStart + row * (end - start), row * columns + start, end - start);
    }
  }
}
