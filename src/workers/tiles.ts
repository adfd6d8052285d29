/** The kernels of wasm/tiles.ts on a small memory of this thread's own, which stays in the processor's cache. */
import { type Kernels, loadKernels } from './kernels.js';
import { copyInPlaceTo, copyTo, fromArray, type Tensor } from './ops.js';

/** `[images, height, width, channels]`. */
export type ImagesShape = readonly [number, number, number, number];

/** Vectors of a 6×6 tile. */
const vectors = 36;
/** Bytes 64 to 128 are for the trial of `copyInPlaceTo`. */
const scratchOffset = 128;
const imagesOffset = 1024;

interface Workplace {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
}
let workplace: Workplace | undefined;

export const tilesOf = ([images, height, width]: ImagesShape): number => (images * (height - 4) * (width - 4)) / 4;

/** Transformed tiles `[36, tiles, channels]` of images. They are gone with the next call of a function of this file. */
export function cutTiles(images: Float32Array, shape: ImagesShape): Tensor {
  const { kernels, pixels, tiles } = place(shape);
  pixels.set(images);
  kernels.cutTiles(pixels.byteOffset, tiles.byteOffset, ...shape, scratchOffset);
  return fromArray(tiles, [vectors, tilesOf(shape), shape[3]]);
}

/** The transpose of `cutTiles`: images from tiles, into `images`. */
export function addTiles(dTiles: Tensor, images: Float32Array, shape: ImagesShape): void {
  const { kernels, pixels, tiles } = place(shape);
  copyTo(tiles, dTiles);
  pixels.fill(0);
  kernels.addTiles(tiles.byteOffset, pixels.byteOffset, ...shape, scratchOffset);
  images.set(pixels);
}

function place(shape: ImagesShape): { kernels: Kernels; pixels: Float32Array; tiles: Float32Array } {
  const pixels = shape.reduce((product, n) => product * n);
  const tiles = vectors * tilesOf(shape) * shape[3];
  const tilesOffset = imagesOffset + Math.ceil(pixels / 16) * 64;
  const { memory, kernels } = openWorkplace(tilesOffset + 4 * tiles);
  return {
    kernels,
    pixels: new Float32Array(memory.buffer, imagesOffset, pixels),
    tiles: new Float32Array(memory.buffer, tilesOffset, tiles),
  };
}

function openWorkplace(bytes: number): Workplace {
  if (workplace && workplace.memory.buffer.byteLength >= bytes) return workplace;
  const pages = Math.ceil(bytes / 65536);
  // Shared, because the kernels are compiled for the memory that is.
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  copyInPlaceTo(memory);
  workplace = { memory, kernels: loadKernels(memory) };
  return workplace;
}
