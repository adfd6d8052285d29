/**
 * Files that the server may give: those of the page, and those of a store. Nothing outside their
 * folders, whatever the path says.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isSafeKey } from '../../store/index.js';

export interface FoundFile {
  readonly handle: FileHandle;
  readonly bytes: number;
  /** Changes when the file does. */
  readonly etag: string;
}

/**
 * Opens a regular file; links are not followed, wherever they lead.
 * @param folder - its own path, without links
 * @param key - parts joined by '/', as the request has them after decoding
 * @returns undefined when there is none; the caller closes the handle
 */
export async function findFile(folder: string, key: string): Promise<FoundFile | undefined> {
  if (!isSafeKey(key)) return undefined;
  const path = join(folder, ...key.split('/'));
  try {
    if ((await realpath(path)) !== path || !path.startsWith(folder + sep)) return undefined;
    // A pipe would wait for somebody to write it.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    return await describe(await open(path, flags));
  } catch (error) {
    if (notThere.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** EISDIR and ENXIO: a folder or a pipe; ELOOP: a link; EACCES: not ours to read. */
const notThere = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENXIO', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EPERM']);

async function describe(handle: FileHandle): Promise<FoundFile | undefined> {
  const stats = await handle.stat({ bigint: true });
  if (stats.isFile()) {
    const parts = [stats.ino, stats.size, stats.mtimeNs].map(part => part.toString(36));
    return { handle, bytes: Number(stats.size), etag: `"${parts.join('-')}"` };
  }
  await handle.close();
  return undefined;
}
