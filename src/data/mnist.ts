/** `mnist`: the 60,000 training images of MNIST, as `data fetch` leaves them. */
import { DataError } from '../shared/errors.js';
import { quoteForShell } from '../shared/shell.js';
import { digitShape } from './digits.js';
import { readImages } from './idx.js';
import { findImages, mnistCache, trainImages } from './mnistFiles.js';
import type { ReadSource } from './source.js';

const mnistCount = 60_000;

export const readMnist: ReadSource = async ({ dir }) => {
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
};
