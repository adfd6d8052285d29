/** The patches that D's first convolution multiplies (layers/imageConvPool.ts), by those of assembly/patches.ts. */
import { copyOf, copyTo, pad, slice } from '../tensorflow/ops.js';
import { fromArray, type Tensor } from '../tensorflow/tensors.js';
import { openPlace } from './place.js';

/** Rows and columns of a patch, of zeros around an image, and from one patch to the next. */
const [size, padding, stride] = [6, 2, 2];

/** Patches `[n · h / 2 · w / 2, 36]` of images `[n, h, w, 1]`: that of window (i, j) starts at row 2 i − 2, column 2 j − 2. */
export function cutPatches(images: Tensor): Tensor {
  const [n = 0, height = 0, width = 0] = images.shape;
  const { place, padded, rows } = openPatches(n, height, width);
  copyTo(place.images, pad(images, padding, padding, padding));
  place.routines.cutPatches(place.images.byteOffset, place.tiles.byteOffset, ...padded);
  return copyOf(fromArray(place.tiles, [rows, size * size]));
}

/** The transpose of `cutPatches`: every pixel of the images has the sum over the patches that it is in. */
export function addPatches(dPatches: Tensor, [n, height, width]: readonly [number, number, number]): Tensor {
  const { place, padded } = openPatches(n, height, width);
  copyTo(place.tiles, dPatches);
  place.gradient.fill(0);
  place.routines.addPatches(place.tiles.byteOffset, place.gradient.byteOffset, ...padded);
  const sum = fromArray(place.gradient, [...padded, 1]);
  return slice(sum, [0, padding, padding, 0], [-1, height, width, -1]);
}

function openPatches(n: number, height: number, width: number) {
  const padded = [n, height + 2 * padding, width + 2 * padding] as const;
  const rows = (n * height * width) / stride ** 2;
  return { padded, rows, place: openPlace(1, padded[0] * padded[1] * padded[2], rows * size * size) };
}
