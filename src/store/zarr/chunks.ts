/** Chunks between memory and disk: encoding, decoding, hashes. */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { deflateSync, inflateSync } from 'node:zlib';
import { StoreError } from '../../shared/errors.js';
import { fromFloat16 } from '../../shared/float16.js';
import { type Dtype, itemBytes } from '../layout.js';
import { type ArrayMetadata, chunkBytes } from './zarrMetadata.js';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the dtypes of the store are in memory. */
export type TypedArray = Float32Array | Int32Array | BigUint64Array | Uint16Array | Uint8Array;

/** The memory of a typed array, as bytes in the order of the disk. */
export function bytesOf(data: TypedArray): Uint8Array {
  if (endianness() !== 'LE') throw new StoreError('gan-dist needs a little-endian machine');
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** One number as the dtype has it on disk. */
export function encodeNumber(value: number | bigint, dtype: Dtype): Uint8Array {
  if (dtype === '<u8') return bytesOf(BigUint64Array.of(BigInt(value)));
  const number = Number(value);
  if (dtype === '<f4') return bytesOf(Float32Array.of(number));
  return bytesOf(dtype === '<i4' ? Int32Array.of(number) : Uint8Array.of(number));
}

/** What the disk holds of a chunk. */
export const encodeChunk = (bytes: Uint8Array, compressed: boolean): Uint8Array =>
  compressed ? deflateSync(bytes, { level: 1 }) : bytes;

/**
 * The content of a chunk's file; never more memory than the metadata allows, whatever the file claims.
 * @throws StoreError naming `path` when it is not exactly one chunk
 */
export function decodeChunk(stored: Uint8Array, metadata: ArrayMetadata, path: string): Uint8Array {
  const expected = chunkBytes(metadata);
  const bytes = metadata.compressed ? inflate(stored, expected, path) : stored;
  if (bytes.length === expected) return bytes;
  throw new StoreError(`${path} is damaged: it holds ${bytes.length} bytes of ${expected}`, path);
}

/** The most bytes that a chunk's file may have: zlib makes nothing twice as long. */
export const storedBytes = (metadata: ArrayMetadata): number =>
  metadata.compressed ? 2 * chunkBytes(metadata) + 1024 : chunkBytes(metadata);

/**
 * Compares a chunk of metrics or samples with its SHA-256: that of the file when it is complete, else that of its rows.
 * @param bytes - the chunk, decoded
 * @param hashes - the root attribute `chunks`
 */
export function checkHash(
  stored: Uint8Array,
  bytes: Uint8Array,
  { shape, chunks, dtype }: Pick<ArrayMetadata, 'shape' | 'chunks' | 'dtype'>,
  hashes: Record<string, string>,
  path: string,
  name: string,
): 'right' | 'wrong' | 'unknown' {
  const rows = Math.min(chunks[0]!, shape[0]! - Number.parseInt(name, 10) * chunks[0]!);
  const isComplete = rows === chunks[0];
  const expected = hashes[`${path}/${isComplete ? name : 'tail'}`];
  if (expected === undefined) return 'unknown';
  const rowBytes = chunks.slice(1).reduce((product, n) => product * n, itemBytes[dtype]);
  return sha256(isComplete ? stored : bytes.subarray(0, rows * rowBytes)) === expected ? 'right' : 'wrong';
}

/** What is said of a chunk that `checkHash` calls wrong. */
export const wrongHash = 'is damaged: it does not match its SHA-256';

function inflate(stored: Uint8Array, expected: number, path: string): Uint8Array {
  try {
    return inflateSync(stored, { maxOutputLength: Math.max(expected, 1) });
  } catch (error) {
    throw new StoreError(`${path} is damaged: ${(error as Error).message}`, path, { cause: error });
  }
}

/** A new buffer of `bytes` bytes, filled with the dtype's fill value: NaN for floats, 0 for the others. */
export function filledBytes(bytes: number, dtype: Dtype): Uint8Array {
  if (dtype === '<f4') return bytesOf(new Float32Array(bytes / 4).fill(Number.NaN));
  return new Uint8Array(bytes);
}

/** The numbers of the bytes, in memory of their own; those of 16 bits as float32. */
export function typedArray(bytes: Uint8Array, dtype: Dtype): TypedArray {
  const copy = new Uint8Array(bytes).buffer;
  if (dtype === '<f4') return new Float32Array(copy);
  if (dtype === '<f2') return fromFloat16(new Uint16Array(copy));
  if (dtype === '<u8') return new BigUint64Array(copy);
  return dtype === '<i4' ? new Int32Array(copy) : new Uint8Array(copy);
}
