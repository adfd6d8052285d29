/** Whether a file is what it should be. */
import { createHash } from 'node:crypto';
import type { DataFile } from './mnistFiles.js';
import { lookAt, streamContent } from './unpack.js';

/** What is wrong with the content of a file, packed or not; undefined if nothing is. */
export async function findProblem(file: string, { bytes, sha256 }: DataFile): Promise<string | undefined> {
  const hash = createHash('sha256');
  let length = 0;
  try {
    const { isGzip } = await lookAt(file);
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
  return found === sha256 ? undefined : `expected SHA-256 ${sha256}, found ${found}`;
}
