/** Files that a command makes, such as pictures: whole or not at all, and never inside a run's store. */
import { access, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StoreError, UsageError } from '../../shared/errors.js';
import { describeLimit } from '../../shared/limits.js';
import { makeFolders, nodeFileSystem } from '../../store/index.js';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk has no room (df -h), or no inode for another file (df -i)',
  EDQUOT: 'the disk quota of bytes or of files is used up (quota -s)',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no file can be made there',
};

/**
 * Refuses, before any work is done, a place where no file can or should be.
 * @param run - the store that it must not be in, if there is one
 * @param example - the name of such a file, for the message
 * @throws UsageError, StoreError
 */
export async function assertOutputFile(
  flag: string,
  file: string,
  run: string | undefined,
  example: string,
): Promise<void> {
  const kind = await kindOf(file);
  // A slash at its end says that a folder is meant, though none is there.
  if (kind === 'folder' || file.endsWith('/')) {
    const inside = path.join(file, example);
    throw new UsageError(`${flag} expects a file, but ${file} is a folder; name a file in it, such as ${inside}`);
  }
  if (kind === 'other') throw new UsageError(`${flag} expects a file, but ${file} is a device or the like`);
  await assertOutputFolder(flag, path.dirname(file), run);
}

/**
 * Writes or replaces a file; folders above it are made.
 * @param bytes - may be made while they are written; where that fails, nothing is left
 * @throws StoreError saying why it cannot be written
 */
export async function writeOutputFile(file: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await makeFolders(nodeFileSystem, path.dirname(file));
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(file, error);
  }
}

/** As `assertOutputFile`, for a folder of files. It may not be there yet; then the nearest one above it counts. */
export async function assertOutputFolder(flag: string, folder: string, run: string | undefined): Promise<void> {
  let nearest = path.resolve(folder);
  while ((await kindOf(nearest)) === undefined) nearest = path.dirname(nearest);
  if ((await kindOf(nearest)) !== 'folder') {
    throw new UsageError(`${flag} expects a folder, but ${nearest} is a file; choose another place`);
  }
  const real = await realpath(nearest);
  if (run !== undefined && (real === run || real.startsWith(run + path.sep))) {
    throw new UsageError(`${flag} expects a place outside the run ${run}, found ${folder}: the store holds only Zarr`);
  }
  await access(nearest, constants.W_OK).catch(error => {
    throw unwritable(folder, error);
  });
}

async function kindOf(file: string): Promise<'folder' | 'file' | 'other' | undefined> {
  try {
    const entry = await stat(file);
    return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unwritable(file, error);
  }
}

function unwritable(file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error as Error;
  const reason = reasons[code] ?? describeLimit(code) ?? message;
  return new StoreError(`${file} cannot be written: ${reason} (${code}); choose another place`, file, { cause: error });
}
