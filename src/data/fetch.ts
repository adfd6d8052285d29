/**
 * `gan-dist data fetch`: the four files of MNIST, from whichever mirror has them.
 *
 * Each file is downloaded beside its place as NAME.gz.PID.part, its content is checked, and only
 * then is it renamed into place: a file under its own name is always whole. A part that an ended
 * process left is taken over and continued.
 */
import path from 'node:path';
import { DataError, UsageError } from '../shared/errors.js';
import { makeFolders, nodeFileSystem } from '../store/index.js';
import { findProblem } from './checkContent.js';
import { downloadFile, type FetchJob, MirrorError, reasonOf } from './download.js';
import type { FetchProgress } from './fetchProgress.js';
import { type DataFile, mnistCache, mnistFiles } from './mnistFiles.js';
import { claimPart, moveIntoPlace } from './partFile.js';

export const defaultMirrors: readonly string[] = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'http://yann.lecun.com/exdb/mnist/', // the original; it often refuses, and its http is harmless: contents are checked
];

export interface FetchOptions {
  /** Where the files go; the cache, if it is not given. */
  dir?: string;
  /** Folders of the files, by URL, in the order in which they are tried. */
  mirrors?: readonly string[];
  /** A mirror that sends nothing for so long is given up. */
  stallSeconds?: number;
  onProgress?: (progress: FetchProgress) => void;
  /** The files to fetch; tests bring their own. */
  files?: readonly DataFile[];
}

/**
 * Fetches what is missing or damaged.
 *
 * @returns the folder, and the names of the files that were downloaded
 * @throws DataError that says for each mirror what failed, or why the folder cannot be written
 */
export async function fetchMnist({
  dir = mnistCache(),
  mirrors = defaultMirrors,
  stallSeconds = 30,
  onProgress = () => {},
  files = mnistFiles,
}: FetchOptions = {}): Promise<{ dir: string; fetched: string[] }> {
  const folders = mirrors.map(mirrorFolder);
  const fetched: string[] = [];
  try {
    await makeFolders(nodeFileSystem, dir);
    for (const file of files) {
      if (await isPresent(file, dir)) onProgress({ file: file.name, state: 'present' });
      else {
        await fetchFile({ file, dir, stallSeconds, onProgress }, folders);
        onProgress({ file: file.name, state: 'fetched' });
        fetched.push(file.name);
      }
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `cannot put MNIST into ${dir}: ${reasonOf(error)}; make room there, or choose another folder with --dir`,
      dir,
      { cause: error },
    );
  }
  return { dir, fetched };
}

function mirrorFolder(mirror: string): URL {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError(
      `--mirror expects the http or https URL of a folder with the files, found ${JSON.stringify(mirror)}`,
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function isPresent(file: DataFile, dir: string): Promise<boolean> {
  for (const name of [`${file.name}.gz`, file.name]) {
    const problem = await findProblem(path.join(dir, name), file);
    if (problem === undefined) return true;
    // Training reads the packed file first, so a good plain one does not help beside a damaged packed one.
    if (problem !== 'missing') return false;
  }
  return false;
}

async function fetchFile(job: FetchJob, mirrors: readonly URL[]): Promise<void> {
  const part = await claimPart(`${job.file.name}.gz`, job.dir);
  const problems: string[] = [];
  for (const mirror of mirrors) {
    try {
      await downloadFile(new URL(`${job.file.name}.gz`, mirror), part, job);
      return await moveIntoPlace(part, path.join(job.dir, `${job.file.name}.gz`));
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      problems.push(`${mirror.href}: ${error.message}`);
      job.onProgress({ file: job.file.name, state: 'failed', mirror: mirror.href, problem: error.message });
    }
  }
  throw new DataError(
    `no mirror gave ${job.file.name}.gz (${problems.join('; ')}); try again later, name another mirror with --mirror URL, put the file into ${job.dir} yourself, or use the digits that come with gan-dist: --set data.source=mnist-10k`,
    path.join(job.dir, `${job.file.name}.gz`),
  );
}
