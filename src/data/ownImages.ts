/** `idx`: a person's own images, in a file of MNIST's format and name. */
import path from 'node:path';
import { ConfigError, DataError } from '../shared/errors.js';
import { digitShape } from './digits.js';
import { readImages } from './idx.js';
import { findImages, trainImages } from './mnistFiles.js';
import type { ReadSource } from './source.js';

export const readOwnImages: ReadSource = async ({ dir }) => {
  if (dir === undefined)
    throw new ConfigError('data.source is idx, so data.dir must name the folder of the images', 'data.dir');
  const file = findImages(dir);
  if (file === undefined) {
    throw new DataError(
      `there is no ${trainImages.name} or ${trainImages.name}.gz in ${dir}; put it there, or change data.dir`,
      dir,
    );
  }
  const { height, width } = digitShape;
  const advice = `put ${height}×${width} grey images in IDX format there, or change data.dir`;
  const { pixels, sha256 } = await readImages(file, digitShape, advice);
  return { ...digitShape, name: path.basename(dir), pixels, sha256, dir };
};
