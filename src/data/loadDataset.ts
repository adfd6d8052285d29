/**
 * The images a run trains on, in memory that all workers share.
 */
import type { Config } from '../config/config.js';
import { type ImageShape, sizeOfImage } from '../pictures/picture.js';
import { ConfigError } from '../shared/errors.js';
import { readEmbedded } from './digits.js';
import { readMnist } from './mnist.js';
import { readOwnImages } from './ownImages.js';
import type { Content, DataChoice, ReadSource } from './source.js';
import { transposeImages } from './transpose.js';

/** Images, and the shape of one. */
export interface Dataset extends Omit<Content, 'pixels'> {
  /** `[count, height, width, channels]`, over a SharedArrayBuffer. */
  readonly images: Uint8Array;
  readonly count: number;
  readonly source: Config['data']['source'];
}

/**
 * Loads the images that `data` names, and checks them.
 *
 * @throws DataError if files are missing, damaged or something else; ConfigError if there are fewer than `data.limit`
 */
export async function loadDataset(data: DataChoice): Promise<Dataset> {
  const content = await sources[data.source](data);
  const { pixels, ...about } = data.transpose ? transposeImages(content) : content;
  const imageBytes = sizeOfImage(about);
  const available = pixels.length / imageBytes;
  const count = data.limit ?? available;
  if (count > available) {
    throw new ConfigError(`data.limit is ${count}, but ${about.name} has only ${available} images`, 'data.limit');
  }
  return { images: shareFirst(pixels, count * imageBytes), count, source: data.source, ...about };
}

/** What a run says of the images that it was trained on: what they are, and not the images. */
export function describeDataset(dataset: Dataset): Omit<Dataset, 'images' | 'notes' | keyof ImageShape> {
  const { images: _, notes: _notes, height: _height, width: _width, channels: _channels, ...about } = dataset;
  return about;
}

/** The first bytes in shared memory: as they are, or a copy, so that no more is kept than is used. */
function shareFirst(pixels: Uint8Array, length: number): Uint8Array {
  if (pixels.length === length && pixels.buffer instanceof SharedArrayBuffer) return pixels;
  const images = new Uint8Array(new SharedArrayBuffer(length));
  images.set(pixels.subarray(0, length));
  return images;
}

/**
 * Refuses a batch that the images cannot fill even once.
 *
 * @throws ConfigError
 */
export function assertBatchFits(batchSize: number, { count, name }: Pick<Dataset, 'count' | 'name'>): void {
  if (batchSize <= count) return;
  throw new ConfigError(
    `training.batchSize is ${batchSize}, but there are only ${count} images of ${name}: take a smaller batch or more images (data.limit)`,
    'training.batchSize',
  );
}

/** By `data.source`. A new source is a file beside this one, a line here, and its name in the config's table. */
const sources: Readonly<Record<Config['data']['source'], ReadSource>> = {
  mnist: readMnist,
  'mnist-10k': readEmbedded,
  idx: readOwnImages,
};
