/** Where a run is on the disk: its store, and beside it the lock and the temporary folder. */
import { basename, dirname, join, resolve } from 'node:path';
import type { FileSystem } from './fileSystem.js';
import { errorCode, makeFolders } from './files.js';

/** Where a run is written. */
export interface Place {
  fs: FileSystem;
  /** The store. */
  run: string;
  /** Folder beside it, on the same file system. */
  temporary: string;
}

export const lockPath = (run: string): string => `${run}.lock`;
/** In the temporary folder: how the name of a run begins that another is about to replace. */
export const replacedPrefix = 'replaced-';
export const temporaryFolder = (run: string): string => `${run}.tmp`;

/** The run's own path, whatever links lead to it: two names of one run must have one lock. */
export async function findPlace(fs: FileSystem, path: string, makeParent = false): Promise<Place> {
  const absolute = resolve(path);
  if (makeParent) await makeFolders(fs, dirname(absolute));
  const run = await fs.realpath(absolute).catch(async error => {
    if (errorCode(error) !== 'ENOENT') throw error;
    const parent = await fs.realpath(dirname(absolute)).catch(() => dirname(absolute));
    return join(parent, basename(absolute));
  });
  return { fs, run, temporary: temporaryFolder(run) };
}
