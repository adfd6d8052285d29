/** A data file's content as a stream, whether the file is gzipped or not: its first bytes tell, not its name. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** What a look at a file tells before it is read. */
export interface FileStart {
  kind: 'file' | 'folder' | 'other';
  size: number;
  /** Its first four bytes, or fewer. */
  bytes: Buffer;
  isGzip: boolean;
}

export async function lookAt(file: string): Promise<FileStart> {
  const handle = await open(file);
  try {
    const stats = await handle.stat();
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
    const bytes = Buffer.alloc(kind === 'file' ? Math.min(4, stats.size) : 0);
    if (bytes.length > 0) await handle.read(bytes, 0, bytes.length, 0);
    return { kind, size: stats.size, bytes, isGzip: bytes[0] === 0x1f && bytes[1] === 0x8b };
  } finally {
    await handle.close();
  }
}

/** The chunks of the unpacked content; ends with the error of the file system or of zlib, if there is one. */
export function streamContent(file: string, isGzip: boolean): Readable {
  const raw = createReadStream(file, { highWaterMark: 1 << 20 });
  if (!isGzip) return raw;
  const unpacked = createGunzip({ chunkSize: 1 << 20 });
  raw.once('error', error => unpacked.destroy(error));
  unpacked.once('close', () => raw.destroy());
  return raw.pipe(unpacked);
}
