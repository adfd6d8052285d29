/** The kernels of wasm/tiles.ts on a small memory of this thread's own, which stays in the processor's cache. */
import { type Kernels, loadKernels } from './kernels.js';
import { copyInPlaceTo, copyTo, fromArray, type Tensor } from './ops.js';

/** How images are cut into tiles of 6×6 pixels. */
export interface Tiling {
  /** `[images, height, width, channels]`, channels a multiple of 4. */
  readonly shape: readonly [number, number, number, number];
  /** Rows and columns from one tile to the next. */
  readonly stride: 2 | 4;
  /** Rows and columns of zeros before the first pixel; behind the last there are as many as whole tiles ask for. */
  readonly padding: 0 | 1;
}

/** Vectors of a tile. */
const vectors = 36;
/** Bytes 64 to 128 are for the trial of `copyInPlaceTo`. */
const scratchOffset = 128;

interface Workplace {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
}
let workplace: Workplace | undefined;

/** Transformed tiles `[36, tiles, channels]` of images. They are gone with the next call of a function of this file. */
export function cutTiles(images: Float32Array, tiling: Tiling): Tensor {
  const { kernels, padded, tiles, sizes } = place(tiling);
  if (padded.length === images.length) padded.set(images);
  else {
    padded.fill(0);
    eachRow(tiling, (from, to, length) => padded.set(images.subarray(from, from + length), to));
  }
  kernels.cutTiles(padded.byteOffset, tiles.byteOffset, ...sizes, tiling.stride, scratchOffset);
  return fromArray(tiles, [vectors, countTiles(tiling), tiling.shape[3]]);
}

/** The transpose of `cutTiles`: images from tiles, into `images`. */
export function addTiles(dTiles: Tensor, images: Float32Array, tiling: Tiling): void {
  const { kernels, padded, tiles, sizes } = place(tiling);
  copyTo(tiles, dTiles);
  padded.fill(0);
  kernels.addTiles(tiles.byteOffset, padded.byteOffset, ...sizes, tiling.stride, scratchOffset);
  if (padded.length === images.length) images.set(padded);
  else eachRow(tiling, (from, to, length) => images.set(padded.subarray(to, to + length), from));
}

/** Tiles in a column and in a row of an image. */
export function tilesAcross({ shape: [, height, width], stride, padding }: Tiling): [number, number] {
  const across = (size: number) => Math.ceil((size + 2 * padding - 6) / stride) + 1;
  return [across(height), across(width)];
}

export function countTiles(tiling: Tiling): number {
  const [rows, columns] = tilesAcross(tiling);
  return tiling.shape[0] * rows * columns;
}

/** Height and width with padding. */
function paddedSize(tiling: Tiling): [number, number] {
  const [rows, columns] = tilesAcross(tiling);
  return [(rows - 1) * tiling.stride + 6, (columns - 1) * tiling.stride + 6];
}

/** Where every row of the images lies, and where in the padded ones. */
function eachRow(tiling: Tiling, visit: (from: number, to: number, length: number) => void): void {
  const [images, height, width, channels] = tiling.shape;
  const [paddedHeight, paddedWidth] = paddedSize(tiling);
  const length = width * channels;
  for (let image = 0; image < images; image++)
    for (let row = 0; row < height; row++) {
      const to = ((image * paddedHeight + row + tiling.padding) * paddedWidth + tiling.padding) * channels;
      visit((image * height + row) * length, to, length);
    }
}

function place(tiling: Tiling) {
  const [images, , , channels] = tiling.shape;
  const [height, width] = paddedSize(tiling);
  const pixels = images * height * width * channels;
  const tiles = vectors * countTiles(tiling) * channels;
  const imagesOffset = scratchOffset + 4 * vectors * channels;
  const tilesOffset = imagesOffset + Math.ceil(pixels / 16) * 64;
  const { memory, kernels } = openWorkplace(tilesOffset + 4 * tiles);
  return {
    kernels,
    sizes: [images, height, width, channels] as const,
    padded: new Float32Array(memory.buffer, imagesOffset, pixels),
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
