/**
 * The images a run trains on, in memory that all workers share. Each source says in its own words what is wrong with a
 * file and what to do about it.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/config.js';
import { imageShape } from '../model/tensors.js';
import { type ImageShape, sizeOfImage } from '../pictures/picture.js';
import { ConfigError, DataError } from '../shared/errors.js';
import { quoteForShell } from '../shared/shell.js';
import { digitShape, digitsSha256, readDigits } from './digits.js';
import { readImages } from './idx.js';
import { mnistCache, trainImages } from './mnistFiles.js';

/** Images, and the shape of one. */
export interface Dataset extends ImageShape {
  /** `[count, height, width, channels]`, over a SharedArrayBuffer. */
  images: Uint8Array;
  count: number;
  /** For people: `MNIST`, the first 10,000 of it, or the folder's name. */
  name: string;
  source: Config['data']['source'];
  /** Of the whole unpacked image file, or of all pixels of `mnist-10k`; `data.limit` does not change it. */
  sha256: string;
  /** The folder it was read from, if it was. */
  dir?: string;
}

const mnistCount = 60_000;

type Content = Pick<Dataset, keyof ImageShape | 'name' | 'sha256' | 'dir'> & { pixels: Uint8Array };

/**
 * Loads the images that `data` names, and checks them.
 *
 * @throws DataError if files are missing, damaged or something else; ConfigError if there are fewer than `data.limit`
 */
export async function loadDataset(data: Config['data']): Promise<Dataset> {
  const { pixels, ...about } = await readSource(data);
  const imageBytes = sizeOfImage(about);
  const available = pixels.length / imageBytes;
  const count = data.limit ?? available;
  if (count > available) {
    throw new ConfigError(`data.limit is ${count}, but ${about.name} has only ${available} images`, 'data.limit');
  }
  return { images: shareFirst(pixels, count * imageBytes), count, source: data.source, ...about };
}

/** What a run says of the images that it was trained on: what they are, and not the images. */
export function describeDataset(dataset: Dataset): Omit<Dataset, 'images' | keyof ImageShape> {
  const { images: _, height: _height, width: _width, channels: _channels, ...about } = dataset;
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

async function readSource({ source, dir }: Config['data']): Promise<Content> {
  if (source === 'mnist-10k')
    return { ...digitShape, name: 'MNIST, the first 10,000', pixels: await readDigits(), sha256: digitsSha256 };
  return source === 'mnist' ? readMnist(dir) : readOwnImages(dir);
}

async function readMnist(dir?: string): Promise<Content> {
  const folder = dir ?? mnistCache();
  const fetch = dir === undefined ? 'npx gan-dist data fetch' : `npx gan-dist data fetch --dir ${quoteForShell(dir)}`;
  const advice = `get it with ${fetch}, or use the digits that come with gan-dist: --set data.source=mnist-10k`;
  const file = findImages(folder);
  if (file === undefined)
    throw new DataError(`MNIST is not in ${folder} (no ${trainImages.name}.gz); ${advice}`, folder);
  const { pixels, count, sha256 } = await readImages(file, digitShape, advice, mnistCount);
  if (sha256 !== trainImages.sha256) {
    throw new DataError(
      `${file} is not MNIST's training images: expected ${mnistCount} images with SHA-256 ${trainImages.sha256}, found ${count} with ${sha256}; ${advice}, or, if these images are your own, --set data.source=idx`,
      file,
    );
  }
  return { ...digitShape, name: 'MNIST', pixels, sha256, dir: folder };
}

async function readOwnImages(dir?: string): Promise<Content> {
  if (dir === undefined)
    throw new ConfigError('data.source is idx, so data.dir must name the folder of the images', 'data.dir');
  const file = findImages(dir);
  if (file === undefined) {
    throw new DataError(
      `there is no ${trainImages.name} or ${trainImages.name}.gz in ${dir}; put it there, or change data.dir`,
      dir,
    );
  }
  const { height, width } = imageShape;
  const advice = `put ${height}×${width} grey images in IDX format there, or change data.dir`;
  const { pixels, sha256 } = await readImages(file, imageShape, advice);
  return { ...imageShape, name: path.basename(dir), pixels, sha256, dir };
}

/** The packed file is taken first: it is the one that `data fetch` replaces if it is damaged. */
function findImages(dir: string): string | undefined {
  return [`${trainImages.name}.gz`, trainImages.name].map(name => path.join(dir, name)).find(file => existsSync(file));
}
