/** Histograms of the model's tensors: what a page shows of the weights over training, some kilobytes a sample. */

import type { TensorPlan } from './plan.js';
import { sizeOf } from './shape.js';
import type { StateLayout } from './stateLayout.js';

export const histogramBins = 64;
export interface Histograms {
  /** `[tensors, 64]`: numbers in each of 64 equal parts of the tensor's range; the last one includes its upper end. */
  readonly counts: Int32Array;
  /** `[tensors, 2]`: the tensor's least and largest number. Where they are equal, all numbers are in the first part. */
  readonly range: Float32Array;
}

/** Of parameters and statistics in a state, in the order of the plan; some 40 ms. */
export function takeHistograms(state: Float32Array, layout: StateLayout, tensors: readonly TensorPlan[]): Histograms {
  const counts = new Int32Array(tensors.length * histogramBins);
  const range = new Float32Array(tensors.length * 2);
  for (const [index, { name, shape }] of tensors.entries()) {
    const { start } = layout.rangeOf(name);
    const values = state.subarray(start, start + sizeOf(shape));
    const [least, most] = rangeOf(values);
    range.set([least, most], index * 2);
    count(values, least, most, counts.subarray(index * histogramBins, (index + 1) * histogramBins));
  }
  return { counts, range };
}

function rangeOf(values: Float32Array): [least: number, most: number] {
  let [least, most] = [values[0]!, values[0]!];
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return [least, most];
}

function count(values: Float32Array, least: number, most: number, counts: Int32Array): void {
  const scale = most > least ? histogramBins / (most - least) : 0;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(Math.trunc((values[i]! - least) * scale), histogramBins - 1);
    counts[bin] = counts[bin]! + 1;
  }
}
