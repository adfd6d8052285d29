/** Axes of a tensor in another order: what transposing is for more than two of them. */
import { sizeOf } from '../model/shape.js';
import { bytesPerNumber, type FoundTensor } from './foundTensors.js';

/**
 * @param tensor - its shape is that of the axes to permute: whoever folds or unfolds axes changes it before and after
 * @param axes - for each axis of the result, which of the tensor's it is
 */
export function permuteAxes(tensor: FoundTensor, axes: readonly number[]): FoundTensor {
  const shape = axes.map(axis => tensor.shape[axis]!);
  const size = bytesPerNumber[tensor.type];
  // Its numbers were not read, or will not be taken.
  if (size === undefined || tensor.bytes.length !== size * sizeOf(shape)) return { ...tensor, shape };
  const steps = axes.map(axis => size * sizeOf(tensor.shape.slice(axis + 1)));
  const bytes = new Uint8Array(tensor.bytes.length);
  const place = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < bytes.length; to += size) {
    for (let i = 0; i < size; i++) bytes[to + i] = tensor.bytes[from + i]!;
    // As a counter does: the last axis runs, and an axis that is through carries.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return { ...tensor, shape, bytes };
}
