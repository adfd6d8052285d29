/**
 * Image files in the IDX format: a magic number (0, 0, 8 for unsigned bytes, the number of
 * dimensions), the dimensions as big-endian 32-bit integers, and the pixels. Gzipped or not.
 *
 * A header is never believed: memory is taken for bytes that are there, not for those that it claims.
 */
import { createHash } from 'node:crypto';
import { maxShuffled } from '../model/philox.js';
import { type ImageShape, sizeOfImage } from '../pictures/picture.js';
import { DataError } from '../shared/errors.js';
import { describeForeign, findForeign, tellingBytes } from '../shared/foreignContent.js';
import { lookAt, streamContent } from './unpack.js';

const headerBytes = 16;
const imagesMagic = 0x00000803;
const labelsMagic = 0x00000801;
/** The most images of one file: 2,097,152 (1.6 GB), as many as can be shuffled exactly. */
export const maxImages = maxShuffled;

/** The images of an IDX file, and the shape of one. */
export interface IdxImages extends ImageShape {
  /** `[count, height, width, channels]`, over a SharedArrayBuffer. */
  pixels: Uint8Array;
  count: number;
  /** Of the unpacked file, header included. */
  sha256: string;
  /** What a person should know, such as bytes that were ignored. */
  notes: string[];
}

/**
 * Reads a file of grey images, and unpacks it if it is gzipped.
 *
 * @param expected the shape of its images
 * @param advice what the user can do about a bad file, the end of every message
 * @param most the most images that this file may have
 * @throws DataError that says what was expected and what was found
 */
export async function readImages(
  file: string,
  expected: ImageShape,
  advice: string,
  most: number = maxImages,
): Promise<IdxImages> {
  const fail: Fail = (problem, cause) => new DataError(`${file} ${problem}; ${advice}`, file, { cause });
  const contentBytes = (images: number) => headerBytes + images * sizeOfImage(expected);
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  const notes: string[] = [];
  const onIgnored = (bytes: number) =>
    void notes.push(`${file} has ${bytes} bytes behind its gzip stream that are not gzip: they are ignored`);
  let length = 0;
  let count: number | undefined;
  try {
    for await (const chunk of await openContent(file, fail, onIgnored)) {
      chunks.push(chunk);
      hash.update(chunk);
      length += chunk.length;
      if (count === undefined && length >= headerBytes) count = readHeader(firstBytes(chunks), expected, most, fail);
      if (count !== undefined && length > contentBytes(count)) {
        throw fail(`has more than the ${contentBytes(count)} bytes that its ${count} images take`);
      }
    }
  } catch (error) {
    throw error instanceof DataError ? error : fail(problemOf(error), error);
  }
  if (count === undefined) throw tooShort(firstBytes(chunks), fail);
  if (length < contentBytes(count)) {
    throw fail(`is cut off: expected ${contentBytes(count)} bytes for its ${count} images, found ${length}`);
  }
  return { ...expected, pixels: sharePixels(chunks, length), count, sha256: hash.digest('hex'), notes };
}

/** What the header of an IDX file of grey images says of them. */
export interface IdxHeader {
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** A look at the start of a file that may be one of images: its header, or what it is instead, if that can be said. */
export async function peekAtImages(file: string): Promise<IdxHeader | string | undefined> {
  try {
    const { kind, bytes, isGzip } = await lookAt(file);
    if (kind !== 'file') return undefined;
    const start = isGzip ? await readUnpacked(file) : bytes;
    const magic = start.length < 4 ? undefined : start.readUInt32BE(0);
    if (magic === labelsMagic) return 'labels';
    if (magic !== imagesMagic || start.length < headerBytes) return findForeign(start)?.what;
    return readDimensions(start);
  } catch (error) {
    return problemOf(error);
  }
}

async function readUnpacked(file: string): Promise<Buffer> {
  for await (const chunk of streamContent(file, true)) return chunk;
  return Buffer.alloc(0);
}

function sharePixels(chunks: readonly Buffer[], length: number): Uint8Array {
  const pixels = new Uint8Array(new SharedArrayBuffer(length - headerBytes));
  let at = -headerBytes;
  for (const chunk of chunks) {
    const skipped = Math.min(chunk.length, Math.max(0, -at));
    if (skipped < chunk.length) pixels.set(chunk.subarray(skipped), at + skipped);
    at += chunk.length;
  }
  return pixels;
}

type Fail = (problem: string, cause?: unknown) => DataError;

const firstBytes = (chunks: readonly Buffer[], most = tellingBytes) =>
  Buffer.concat(chunks.slice(0, most)).subarray(0, most);
const hex = (magic: number) => `0x${magic.toString(16).padStart(8, '0')}`;

/** The chunks of the unpacked content. */
async function openContent(
  file: string,
  fail: Fail,
  onIgnored: (bytes: number) => void,
): Promise<AsyncIterable<Buffer>> {
  const { kind, size, isGzip } = await lookAt(file);
  if (kind === 'folder') throw fail('is a folder: expected a file of images');
  if (kind === 'other') throw fail('is not a regular file');
  if (size === 0) throw fail('is empty');
  return streamContent(file, isGzip, onIgnored);
}

/** The number of images, of a header that fits us. */
function readHeader(start: Buffer, expected: ImageShape, most: number, fail: Fail): number {
  checkMagic(start, fail);
  const { count, height, width } = readDimensions(start);
  if (height !== expected.height || width !== expected.width)
    throw fail(`has images of ${height}×${width}: expected ${expected.height}×${expected.width}`);
  if (count === 0) throw fail('has no images in it');
  if (count > most) throw fail(`claims ${count} images: expected at most ${most}`);
  return count;
}

const readDimensions = (header: Buffer): IdxHeader => ({
  count: header.readUInt32BE(4),
  height: header.readUInt32BE(8),
  width: header.readUInt32BE(12),
});

function checkMagic(start: Buffer, fail: Fail): void {
  const magic = start.readUInt32BE(0);
  if (magic === imagesMagic) return;
  const foreign = describeForeign(start, 'an IDX file of images');
  if (foreign)
    throw fail(foreign.includes('NumPy') ? `${foreign}: docs/data.md has a line that makes one of it` : foreign);
  const expected = `expected a file of images (magic ${hex(imagesMagic)})`;
  if (magic === labelsMagic) throw fail(`is a file of labels (magic ${hex(magic)}): ${expected}`);
  throw fail(`is not an IDX file of images: ${expected}, found ${hex(magic)}`);
}

function tooShort(found: Buffer, fail: Fail): DataError {
  if (found.length === 0) return fail('unpacks to nothing');
  if (found.length >= 4) checkMagic(found, fail);
  return fail(`is cut off in its header: expected ${headerBytes} bytes, found ${found.length}`);
}

/** What stands behind an error of the file system or of zlib. */
function problemOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'is not there';
  if (code === 'EACCES') return 'cannot be read: permission denied';
  if (code === 'Z_BUF_ERROR') return 'is cut off: its gzip stream has no end';
  if (code?.startsWith('Z_')) return `is damaged: its gzip stream cannot be unpacked (${message})`;
  return `cannot be read: ${message}`;
}
