/** The patches that D's first convolution multiplies (layers/imageConvPool.ts), by those of assembly/patches.ts. */
import { copyOf, copyTo, pad, slice } from '../tensorflow/ops.js';
import { fromArray, type Tensor } from '../tensorflow/tensors.js';
import { openWorkspace } from './workspace.js';

/** Rows and columns of a patch, of zeros around an image, and from one patch to the next. */
const [size, padding, stride] = [6, 2, 2];

/**
 * Patches `[n · h / 2 · w / 2, 36]` of images `[n, h, w, 1]`: that of window (i, j) starts at row 2
 * i − 2, column 2 j − 2.
 */
export function cutPatches(images: Tensor): Tensor {
  const [n = 0, height = 0, width = 0] = images.shape;
  const { workspace, padded, rows } = openPatches(n, height, width);
  copyTo(workspace.images, pad(images, padding, padding, padding));
  workspace.routines.cutPatches(workspace.images.byteOffset, workspace.tiles.byteOffset, ...padded);
  return copyOf(fromArray(workspace.tiles, [rows, size * size], workspace.loan));
}

/** The transpose of `cutPatches`: every pixel of the images has the sum over the patches that it is in. */
export function addPatches(dPatches: Tensor, [n, height, width]: readonly [number, number, number]): Tensor {
  const { workspace, padded } = openPatches(n, height, width);
  copyTo(workspace.tiles, dPatches);
  workspace.gradient.fill(0);
  workspace.routines.addPatches(workspace.tiles.byteOffset, workspace.gradient.byteOffset, ...padded);
  const sum = fromArray(workspace.gradient, [...padded, 1], workspace.loan);
  return slice(sum, [0, padding, padding, 0], [-1, height, width, -1]);
}

function openPatches(n: number, height: number, width: number) {
  const padded = [n, height + 2 * padding, width + 2 * padding] as const;
  const rows = (n * height * width) / stride ** 2;
  return { padded, rows, workspace: openWorkspace(1, padded[0] * padded[1] * padded[2], rows * size * size) };
}
