/** Where fake images come from, and where they are left. */
import { uniform } from '../model/philox.js';
import { partOf } from '../model/slices.js';
import type { BySlice } from './group/group.js';
import type { Rank } from './rank.js';
import { fromArray } from './tensorflow/tensors.js';

/** The noise of a turn of D, or of G, `[images, latentSize]`, whole: every rank makes all of it. */
export function drawNoise(
  { plan }: Rank,
  seed: number,
  stream: number,
  index: number,
  images: number,
  first = 0,
): BySlice {
  const { latentSize } = plan.model;
  const z = fromArray(uniform(seed, stream, index, images * latentSize, first * latentSize), [images, latentSize]);
  return () => z;
}

/** Leaves the rank's fakes where the coordinator finds them for the sample grid. */
export function saveImages({ group }: Rank, fakes: BySlice, images = group.batchSize): void {
  for (const slice of group.slices) {
    const { start, end } = partOf(images, group.sliceCount, slice);
    if (start < end) group.leaveImages(start, fakes(slice));
  }
}
