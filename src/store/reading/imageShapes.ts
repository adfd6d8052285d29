/** How large a run's pictures are: its arrays say so. */
import { maximumBatchSize } from '../../config/config.js';
import type { ImageShape } from '../../pictures/picture.js';
import { StoreError } from '../../shared/errors.js';
import { arrayKey, fileOf, fixedImages, gridPixels } from '../layout.js';
import { parseArrayMetadata } from '../zarr/zarrMetadata.js';
import type { RunMetadata } from './runAttributes.js';

export interface ImageShapes {
  /** Of an image of `samples/fixed`. */
  readonly image: ImageShape;
  /** Of a picture in `samples/grid`. */
  readonly grid: ImageShape;
}

/** Metadata is not believed: what claims larger images is damaged. */
const largestSide = 256;

/** @throws StoreError when they cannot be shapes of one run's pictures */
export function readImageShapes(found: RunMetadata, run: string): ImageShapes {
  return { image: readImageShape(found, run), grid: readGridShape(found, run) };
}

/** Of an image of `samples/fixed`. @throws StoreError when it cannot be one */
export function readImageShape(found: RunMetadata, run: string): ImageShape {
  const { file, shape } = readShape(found, run, 'fixed');
  const [, images, ...rest] = shape;
  const image = asImage(rest);
  if (image && images === fixedImages && image.height <= largestSide && image.width <= largestSide) return image;
  throw new StoreError(
    `${file} is damaged: its shape [${shape}] is not [step, ${fixedImages}, y, x] of images, or that and 3 channels`,
    file,
  );
}

function readGridShape(found: RunMetadata, run: string): ImageShape {
  const { file, shape } = readShape(found, run, 'grid');
  const grid = asImage(shape.slice(1));
  const image = readImageShape(found, run);
  const most = gridPixels(maximumBatchSize, image);
  const isGrid =
    grid?.channels === image.channels &&
    grid.height <= most.height &&
    grid.width <= most.width &&
    grid.height % image.height === 0 &&
    grid.width % image.width === 0;
  if (isGrid) return grid;
  const expected = image.channels === 1 ? '[step, y, x]' : '[step, y, x, 3]';
  throw new StoreError(`${file} is damaged: its shape [${shape}] is not ${expected} of a grid`, file);
}

/** Grey ones have no dimension of channels. */
function asImage([height = 0, width = 0, ...channels]: readonly number[]): ImageShape | undefined {
  if (height === 0 || width === 0) return undefined;
  if (channels.length === 0) return { height, width, channels: 1 };
  return String(channels) === '3' ? { height, width, channels: 3 } : undefined;
}

function readShape({ metadata }: RunMetadata, run: string, name: string): { file: string; shape: readonly number[] } {
  const key = `samples/${name}/${arrayKey}`;
  const file = fileOf(run, key);
  const json = metadata.get(key);
  if (!json) throw new StoreError(`${file} is missing from the metadata of the run`, file);
  return { file, shape: parseArrayMetadata(json, file).shape };
}
