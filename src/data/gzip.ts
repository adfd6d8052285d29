/**
 * Unpacks a gzip file as `gunzip` does: its members one after the other; zeros behind the last one are padding, anything
 * else is told and ignored. (zlib's own stream refuses such bytes or not, by where its chunks end.)
 *
 * Source: RFC 1952.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { crc32 } from '../shared/crc32.js';

const chunkBytes = 1 << 16;
const trailerBytes = 8;
const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16 };

export const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b;

/**
 * The chunks of the unpacked content.
 * @param onIgnored - told how many bytes behind the last member are not gzip
 * @throws an error with zlib's codes for a stream that is cut off or damaged
 */
export async function* unpackGzip(file: string, onIgnored: (bytes: number) => void): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    let at = yield* unpackMember(file, handle, 0);
    while (at < size && isGzip(await readAt(handle, at, 2))) at = yield* unpackMember(file, handle, at);
    if (at < size && !(await isPadding(handle, at, size))) onIgnored(size - at);
  } finally {
    await handle.close();
  }
}

/** @returns where it ends */
async function* unpackMember(file: string, handle: FileHandle, start: number): AsyncGenerator<Buffer, number> {
  const first = await findDeflated(handle, start);
  const inflate = createInflateRaw({ chunkSize: 1 << 20 });
  const packed = createReadStream(file, { start: first, highWaterMark: chunkBytes });
  packed.once('error', error => inflate.destroy(error));
  packed.pipe(inflate);
  let crc = 0;
  let bytes = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc);
      bytes += chunk.length;
      yield chunk;
    }
  } finally {
    packed.destroy();
  }
  const end = first + inflate.bytesWritten;
  const trailer = await readAt(handle, end, trailerBytes);
  if (trailer.length < trailerBytes) throw cutOff();
  if (trailer.readUInt32LE(0) !== crc) throw damaged('incorrect data check');
  if (trailer.readUInt32LE(4) !== bytes % 2 ** 32) throw damaged('incorrect length check');
  return end + trailerBytes;
}

/** Where the deflated bytes of a member begin: behind its header. */
async function findDeflated(handle: FileHandle, start: number): Promise<number> {
  const header = await readAt(handle, start, 12);
  if (header.length < 10) throw cutOff();
  if (!isGzip(header)) throw damaged('incorrect header check');
  if (header[2] !== 8) throw damaged('unknown compression method');
  const present = header[3]!;
  let at = start + 10;
  if (present & flags.extra) at += 2 + (header.length < 12 ? 0 : header.readUInt16LE(10));
  for (const flag of [flags.name, flags.comment]) if (present & flag) at = await findEndOfText(handle, at);
  return present & flags.headerCrc ? at + 2 : at;
}

async function findEndOfText(handle: FileHandle, start: number): Promise<number> {
  const zero = (await readAt(handle, start, chunkBytes)).indexOf(0);
  if (zero === -1) throw cutOff();
  return start + zero + 1;
}

async function isPadding(handle: FileHandle, start: number, end: number): Promise<boolean> {
  for (let at = start; at < end; at += chunkBytes) {
    if ((await readAt(handle, at, chunkBytes)).some(byte => byte !== 0)) return false;
  }
  return true;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, (await handle.read(buffer, 0, length, position)).bytesRead);
}

const cutOff = () => Object.assign(new Error('unexpected end of file'), { code: 'Z_BUF_ERROR' });
const damaged = (problem: string) => Object.assign(new Error(problem), { code: 'Z_DATA_ERROR' });
