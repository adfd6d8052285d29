/** `mnist`: the 60,000 training images of MNIST, as `data fetch` leaves them, or under another name. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../shared/errors.js';
import { ganDist } from '../shared/program.js';
import { quoteForShell } from '../shared/shell.js';
import { findProblem } from './checkContent.js';
import { digitShape } from './digits.js';
import { type Candidate, findImages } from './findImages.js';
import { readImages } from './idx.js';
import { mnistCache, trainImages } from './mnistFiles.js';
import type { ReadSource } from './source.js';

const mnistCount = 60_000;

export const readMnist: ReadSource = async ({ dir }) => {
  const folder = dir ?? mnistCache();
  const where = dir === undefined ? '' : ` --dir ${quoteForShell((await isFile(dir)) ? path.dirname(dir) : dir)}`;
  const advice = `get it with ${ganDist} data fetch${where}, or use the digits that come with gan-dist: --set data.source=mnist-10k`;
  const { candidates, content } = await findImages(folder);
  const candidate = await chooseMnist(candidates);
  if (candidate === undefined) {
    // What else is in the cache is nobody's concern.
    const found = dir === undefined && !existsSync(folder) ? '' : `: ${content}`;
    throw new DataError(`MNIST is not in ${folder} (no ${trainImages.name}.gz${found}); ${advice}`, folder);
  }
  const { file } = candidate;
  const { pixels, count, sha256, notes } = await readImages(file, digitShape, advice, mnistCount);
  if (sha256 !== trainImages.sha256) {
    throw new DataError(
      `${file} is not MNIST's training images: expected ${mnistCount} images with SHA-256 ${trainImages.sha256}, found ${count} with ${sha256}; ${advice}, or, if these images are your own, --set data.source=idx`,
      file,
    );
  }
  return { ...digitShape, name: 'MNIST', pixels, sha256, dir: folder, ...(notes.length > 0 && { notes }) };
};

const isFile = (place: string): Promise<boolean> =>
  stat(place).then(
    entry => entry.isFile(),
    () => false,
  );

/** Of several, the one that it is: torchvision keeps Fashion-MNIST beside it. */
async function chooseMnist(candidates: readonly Candidate[]): Promise<Candidate | undefined> {
  if (candidates.length > 1) {
    for (const candidate of candidates)
      if (candidate.count === mnistCount && (await findProblem(candidate.file, trainImages)) === undefined)
        return candidate;
  }
  return candidates[0];
}
