/** Whether a file is what it should be. */
import { createHash } from 'node:crypto';
import { findForeign } from '../shared/foreignContent.js';
import type { DataFile } from './mnistFiles.js';
import { lookAt, streamContent } from './unpack.js';

/** What is wrong with the content of a file, packed or not; undefined if nothing is. */
export async function findProblem(file: string, { bytes, sha256 }: DataFile): Promise<string | undefined> {
  const hash = createHash('sha256');
  let length = 0;
  let foreign: string | undefined;
  try {
    const { kind, bytes: start, isGzip } = await lookAt(file);
    // Of the file's own name, as Kaggle and 7-zip make it.
    if (kind === 'folder') return 'missing';
    if (!isGzip) foreign = findForeign(start)?.what;
    for await (const chunk of streamContent(file, isGzip)) {
      length += chunk.length;
      if (length > bytes) return `more than ${bytes} bytes unpacked`;
      hash.update(chunk);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'missing';
    if (!code?.startsWith('Z_')) throw error;
    return code === 'Z_BUF_ERROR' ? 'its gzip stream has no end' : 'its gzip stream is damaged';
  }
  const found = hash.digest('hex');
  return found === sha256 ? undefined : `expected SHA-256 ${sha256}, found ${foreign ?? found}`;
}

/** SHA-256 of a file's unpacked content; undefined if it cannot be unpacked, or has more bytes than `most`. */
export async function hashContent(file: string, most: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  let length = 0;
  try {
    for await (const chunk of streamContent(file, (await lookAt(file)).isGzip)) {
      length += chunk.length;
      if (length > most) return undefined;
      hash.update(chunk);
    }
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}
