/** Images cut into tiles of 6×6 pixels for winograd.ts, by those of assembly/tiles.ts. */
import { copyTo, pad, slice } from '../tensorflow/ops.js';
import { fromArray, type Tensor } from '../tensorflow/tensors.js';
import { openWorkspace, scratchOffset, vectors } from './workspace.js';

/** How images are cut. */
export interface Cut {
  /** Rows and columns from one tile to the next. */
  readonly stride: 2 | 4;
  /** Rows and columns of zeros before the first pixel; behind the last there are as many as whole tiles ask for. */
  readonly padding: 0 | 1;
}

export interface Tiling extends Cut {
  /** `[images, height, width, channels]`, channels a multiple of 4. */
  readonly shape: readonly [number, number, number, number];
}

/** Images that go through at once: what lies between two products of them stays in the processor's cache. */
export interface Group {
  readonly firstImage: number;
  readonly images: number;
  readonly firstTile: number;
  readonly tiles: number;
}

/** They are gone with the next `openWorkspace` in this thread. */
export interface TiledImages {
  readonly groups: readonly Group[];
  /** Transformed tiles `[36, tiles, channels]`, gone with the next call of `cut` or `cutBack`. */
  cut(group: Group): Tensor;
  /** The transpose of `cut`, once for each group: writes the gradient of its images. */
  cutBack(group: Group, dTiles: Tensor): void;
  /** The gradient of all images, after `cutBack` of every group; it may be lent. */
  gradient(): Tensor;
}

const imagesPerGroup = { 2: 8, 4: 16 } as const;

export function tileImages(images: Tensor, cut: Cut): TiledImages {
  const tiling: Tiling = { ...cut, shape: images.shape as [number, number, number, number] };
  const [count, height, width, channels] = tiling.shape;
  const [paddedHeight, paddedWidth] = paddedSize(tiling);
  const isPadded = paddedHeight > height || paddedWidth > width;
  const image = paddedHeight * paddedWidth * channels;
  const groups = groupImages(tiling);
  const workspace = openWorkspace(channels, count * image, vectors * groups[0]!.tiles * channels);
  const sizes = ({ images }: Group) =>
    [images, paddedHeight, paddedWidth, channels, cut.stride, scratchOffset] as const;
  const from = ({ firstImage }: Group, region: Float32Array) => region.byteOffset + 4 * firstImage * image;
  const tilesOf = ({ tiles }: Group) => workspace.tiles.subarray(0, vectors * tiles * channels);

  const after = [paddedHeight - height - cut.padding, paddedWidth - width - cut.padding] as const;
  copyTo(workspace.images, isPadded ? pad(images, cut.padding, ...after) : images);
  return {
    groups,
    cut(group) {
      workspace.routines.cutTiles(from(group, workspace.images), workspace.tiles.byteOffset, ...sizes(group));
      return fromArray(tilesOf(group), [vectors, group.tiles, channels], workspace.loan);
    },
    cutBack(group, dTiles) {
      copyTo(tilesOf(group), dTiles);
      // Here and not for all groups at once: the kernel finds these numbers in the cache.
      workspace.gradient.fill(0, group.firstImage * image, (group.firstImage + group.images) * image);
      workspace.routines.addTiles(workspace.tiles.byteOffset, from(group, workspace.gradient), ...sizes(group));
    },
    gradient() {
      const sum = fromArray(workspace.gradient, [count, paddedHeight, paddedWidth, channels], workspace.loan);
      return isPadded ? slice(sum, [0, cut.padding, cut.padding, 0], [-1, height, width, -1]) : sum;
    },
  };
}

/** Tiles in a column and in a row of an image. */
export function tilesAcross({ shape: [, height, width], stride, padding }: Tiling): [number, number] {
  const across = (size: number) => Math.ceil((size + 2 * padding - 6) / stride) + 1;
  return [across(height), across(width)];
}

/** Height and width with padding. */
function paddedSize(tiling: Tiling): [number, number] {
  const [rows, columns] = tilesAcross(tiling);
  return [(rows - 1) * tiling.stride + 6, (columns - 1) * tiling.stride + 6];
}

function groupImages(tiling: Tiling): Group[] {
  const [count] = tiling.shape;
  const [rows, columns] = tilesAcross(tiling);
  const most = imagesPerGroup[tiling.stride];
  return Array.from({ length: Math.ceil(count / most) }, (_, group) => {
    const firstImage = group * most;
    const images = Math.min(most, count - firstImage);
    return { firstImage, images, firstTile: firstImage * rows * columns, tiles: images * rows * columns };
  });
}
