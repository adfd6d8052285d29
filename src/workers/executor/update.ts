/** Gradients into `next`: at once for what a slice owns, by a sum over the slices for the convolutions. */

import { summandOffset, summandsLength, summedTensors } from '../../memory/sharedMemory.js';
import { partOf, type Range } from '../../model/slices.js';
import { modelTensors, sizeOf } from '../../model/tensors.js';
import type { Rank } from '../rank.js';
import { copyTo } from '../tensorflow/ops.js';
import type { Tensor } from '../tensorflow/tensors.js';

export interface Optimizer {
  readonly learningRate: number;
  readonly momentum: number;
}

/** One Nesterov update of a tensor's numbers from place `start` of the state on: reads `from` (current, or next in D's later turns), writes `next`. */
export function update(
  rank: Rank,
  name: string,
  start: number,
  gradient: Tensor,
  from: Float32Array,
  { learningRate, momentum }: Optimizer,
): void {
  copyTo(rank.scratch.subarray(0, gradient.size), gradient);
  updateFromScratch(rank, name, start, gradient.size, from, { learningRate, momentum });
}

/** As `update`, with the gradient in the rank's scratch memory. */
function updateFromScratch(
  rank: Rank,
  name: string,
  start: number,
  count: number,
  from: Float32Array,
  { learningRate, momentum }: Optimizer,
): void {
  const p = 4 * start;
  const v = 4 * (rank.layout.rangeOf(`velocity/${name}`).start + start - rank.layout.rangeOf(name).start);
  const [read, write] = [from.byteOffset, rank.next.byteOffset];
  const bits = rank.routines.nesterov(
    read + p,
    read + v,
    rank.scratch.byteOffset,
    write + p,
    write + v,
    count,
    learningRate,
    momentum,
  );
  rank.audit.addUpdate(name, bits, rank.scratch.subarray(0, count));
}

/** Leaves a slice's gradient of a convolution's tensor among its summands; without images it is zero. */
export function writeSummand(rank: Rank, slice: number, name: string, gradient: Tensor | undefined): void {
  const start = slice * summandsLength + summandOffset(name);
  const target = rank.shared.summands.subarray(start, start + sizeOf(shapeOf(name)));
  if (gradient) copyTo(target, gradient);
  else target.fill(0);
}

const shapeOf = (name: string) => modelTensors.find(t => t.name === name)!.shape;

/** After a barrier: sums the slices' gradients of a network's convolutions and updates, each slice its part of each. */
export function updateSummed(rank: Rank, network: string, from: Float32Array, optimizer: Optimizer): void {
  for (const { name, shape } of summedTensors.filter(t => t.name.startsWith(`${network}/`))) {
    for (const slice of rank.slices) {
      const part = partOf(sizeOf(shape), rank.sliceCount, slice);
      if (part.start === part.end) continue;
      const place = rank.layout.rangeOf(name).start;
      sumSummands(rank, name, part);
      updateFromScratch(rank, name, place + part.start, part.end - part.start, from, optimizer);
    }
  }
}

/** Leaves the sum of a part of the slices' gradients in the rank's scratch memory. */
function sumSummands({ shared, sliceCount, scratch, routines }: Rank, name: string, { start, end }: Range): void {
  const first = shared.summands.byteOffset + 4 * (summandOffset(name) + start);
  routines.sumSlices(first, 4 * summandsLength, sliceCount, scratch.byteOffset, 1, 0, end - start);
}
