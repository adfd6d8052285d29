/** `idx`: a person's own images, in a file of MNIST's format. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, DataError } from '../shared/errors.js';
import { quoteForShell } from '../shared/shell.js';
import { hashContent } from './checkContent.js';
import { digitShape } from './digits.js';
import { type Candidate, findImages } from './findImages.js';
import { readImages } from './idx.js';
import { trainImages } from './mnistFiles.js';
import type { ReadSource } from './source.js';

export const readOwnImages: ReadSource = async ({ dir, transpose }) => {
  if (dir === undefined)
    throw new ConfigError('data.source is idx, so data.dir must name the folder or the file of the images', 'data.dir');
  const { height, width } = digitShape;
  const { candidates, content } = await findImages(dir);
  if (candidates.length === 0) {
    throw new DataError(
      `no IDX file of training images was found in ${dir}: ${content}; put ${trainImages.name} or ${trainImages.name}.gz there, or name the file itself with data.dir (docs/data.md)`,
      dir,
    );
  }
  const { file } = await chooseOne(candidates, dir);
  const advice = `put ${height}×${width} grey images in IDX format there, or change data.dir`;
  const { pixels, sha256, notes } = await readImages(file, digitShape, advice);
  if (/emnist/i.test(path.basename(file)) && !transpose)
    notes.push('the images of EMNIST lie on their side in its files: data.transpose=true turns them upright');
  return { ...digitShape, name: await nameOf(dir), pixels, sha256, dir, ...(notes.length > 0 && { notes }) };
};

/** Several of the same content, such as one packed and one not, are one. */
async function chooseOne(candidates: readonly Candidate[], dir: string): Promise<Candidate> {
  const [first] = candidates as [Candidate];
  if (candidates.length === 1 || (await areAlike(candidates))) return first;
  const list = candidates.slice(0, mostShown).map(candidate => `${candidate.name} (${describe(candidate)})`);
  const more = candidates.length > mostShown ? [`and ${candidates.length - mostShown} more`] : [];
  throw new DataError(
    `${dir} has several files of images: ${[...list, ...more].join(', ')}; name the one to train on, such as --set ${quoteForShell(`data.dir=${first.file}`)}`,
    dir,
  );
}

/** What their headers say is compared first: it costs nothing. */
async function areAlike(candidates: readonly Candidate[]): Promise<boolean> {
  if (new Set(candidates.map(describe)).size > 1) return false;
  const contents = new Set<string | undefined>();
  for (const { file, count, height, width } of candidates)
    contents.add(await hashContent(file, 16 + count * height * width));
  return contents.size === 1 && !contents.has(undefined);
}

const mostShown = 8;

const describe = ({ count, height, width }: Candidate): string =>
  `${count.toLocaleString('en-US')} images of ${height}×${width}`;

async function nameOf(dir: string): Promise<string> {
  const name = path.basename(dir);
  return (await stat(dir)).isDirectory() ? name : name.replace(/\.gz$/i, '');
}
