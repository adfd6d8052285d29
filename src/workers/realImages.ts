/** The batch's real images, as the networks see them. */

import { partOf } from '../model/slices.js';
import { imageSize, pixelsPerImage } from '../model/tensors.js';
import type { Rank } from './rank.js';
import { fromArray, type Tensor } from './tensorflow/tensors.js';

/** (u8 − 127.5) / 127.5 for every grey value. */
const scaled = Float32Array.from({ length: 256 }, (_, grey) => (grey - 127.5) / 127.5);

/** The real images of a slice, `[n, 28, 28, 1]`. */
export function readRealImages({ images, shared, batchSize, sliceCount }: Rank, slice: number): Tensor {
  const { start, end } = partOf(batchSize, sliceCount, slice);
  const values = new Float32Array((end - start) * pixelsPerImage);
  for (let i = start; i < end; i++) {
    const from = shared.batch[i]! * pixelsPerImage;
    const to = (i - start) * pixelsPerImage;
    for (let pixel = 0; pixel < pixelsPerImage; pixel++) values[to + pixel] = scaled[images[from + pixel]!]!;
  }
  return fromArray(values, [end - start, imageSize, imageSize, 1]);
}
