/** A data file's content as a stream, whether the file is gzipped or not: its first bytes tell, not its name. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { tellingBytes } from '../shared/foreignContent.js';
import { isGzip, unpackGzip } from './gzip.js';

/** What a look at a file tells before it is read. */
export interface FileStart {
  kind: 'file' | 'folder' | 'other';
  size: number;
  /** Its first bytes, as many as tell what it is. */
  bytes: Buffer;
  isGzip: boolean;
}

export async function lookAt(file: string): Promise<FileStart> {
  // Before it is opened: a pipe would wait for somebody to write it.
  const stats = await stat(file);
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  const bytes = kind === 'file' ? await readStart(file, Math.min(tellingBytes, stats.size)) : Buffer.alloc(0);
  return { kind, size: stats.size, bytes, isGzip: isGzip(bytes) };
}

async function readStart(file: string, length: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, (await handle.read(buffer, 0, length, 0)).bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * The chunks of the unpacked content; ends with the error of the file system or of zlib, if there is one.
 * @param onIgnored - told how many bytes behind a gzip stream are something else
 */
export function streamContent(
  file: string,
  isPacked: boolean,
  onIgnored: (bytes: number) => void = () => {},
): AsyncIterable<Buffer> {
  return isPacked ? unpackGzip(file, onIgnored) : createReadStream(file, { highWaterMark: 1 << 20 });
}
