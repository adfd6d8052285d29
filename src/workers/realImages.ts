/** The batch's real images, as the networks see them. */
import { partOf } from '../model/slices.js';
import { sizeOfImage } from '../pictures/picture.js';
import type { Rank } from './rank.js';
import { fromArray, type Tensor } from './tensorflow/tensors.js';

/** (u8 − 127.5) / 127.5 for every value. */
const scaled = Float32Array.from({ length: 256 }, (_, value) => (value - 127.5) / 127.5);

/** The real images of a slice, `[n, height, width, channels]`. */
export function readRealImages({ images, group, plan }: Rank, slice: number): Tensor {
  const { height, width, channels } = plan.model.image;
  const size = sizeOfImage(plan.model.image);
  const { start, end } = partOf(group.batchSize, group.sliceCount, slice);
  const values = new Float32Array((end - start) * size);
  for (let i = start; i < end; i++) {
    const from = group.batch[i]! * size;
    const to = (i - start) * size;
    for (let place = 0; place < size; place++) values[to + place] = scaled[images[from + place]!]!;
  }
  return fromArray(values, [end - start, height, width, channels]);
}
