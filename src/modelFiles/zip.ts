/**
 * Reads a zip as `.npz` and `.keras` files are: what its directory says of an entry is held against
 * the entry, sizes and CRC-32 alike, and nothing is unpacked beyond a limit. (fflate, which writes
 * ours, compares no CRC when it reads.)
 *
 * Source: PKWARE's APPNOTE, 4.3.
 */
import { inflateRawSync } from 'node:zlib';
import { crc32 } from '../shared/crc32.js';
import { DataError } from '../shared/errors.js';

export interface ZipArchive {
  readonly names: readonly string[];
  /** An entry's bytes. @throws DataError when it is missing, damaged, or more than the limit for all that is read */
  read(name: string): Uint8Array;
}

interface Entry {
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly start: number;
}

const maxEntries = 10_000;
const endBytes = 22;

/**
 * @param most - bytes that are unpacked in all
 * @throws DataError when it is no zip
 */
export function openZip(bytes: Uint8Array, file: string, most: number): ZipArchive {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = readDirectory(view, file);
  let left = most;
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name);
      if (!entry) throw new DataError(`${file} has no entry ${name}`, file);
      left -= entry.bytes;
      if (left < 0) {
        throw damaged(file, name, `unpacks to ${entry.bytes} bytes: more than ${most} are no model`);
      }
      return unpack(view, name, entry, file);
    },
  };
}

function readDirectory(view: Buffer, file: string): Map<string, Entry> {
  const end = view.lastIndexOf('PK\x05\x06', view.length - endBytes, 'latin1');
  if (end === -1) throw new DataError(`${file} is cut off or no zip: its directory is missing`, file);
  const count = view.readUInt16LE(end + 10);
  if (count > maxEntries) throw new DataError(`${file} has ${count} entries: that is no model`, file);
  const entries = new Map<string, Entry>();
  let at = view.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.readUInt32LE(at) !== 0x02014b50) throw broken(file);
    const [name, extra, comment] = [28, 30, 32].map(offset => view.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (at + 46 + name > end) throw broken(file);
    entries.set(view.toString('utf8', at + 46, at + 46 + name), {
      isEncrypted: (view.readUInt16LE(at + 8) & 1) === 1,
      method: view.readUInt16LE(at + 10),
      crc: view.readUInt32LE(at + 16),
      packedBytes: view.readUInt32LE(at + 20),
      bytes: view.readUInt32LE(at + 24),
      start: view.readUInt32LE(at + 42),
    });
    at += 46 + name + extra + comment;
  }
  return entries;
}

function unpack(view: Buffer, name: string, entry: Entry, file: string): Uint8Array {
  const { start, packedBytes, method } = entry;
  if (start + 30 > view.length || view.readUInt32LE(start) !== 0x04034b50) throw broken(file);
  // The lengths of name and extra may be others than in the directory.
  const from = start + 30 + view.readUInt16LE(start + 26) + view.readUInt16LE(start + 28);
  if (from + packedBytes > view.length) throw damaged(file, name, 'ends behind the end of the file');
  if (entry.isEncrypted || (method !== 0 && method !== 8))
    throw damaged(file, name, 'is encrypted or packed in a rare way');
  const packed = view.subarray(from, from + packedBytes);
  const unpacked = method === 0 ? packed : inflate(packed, name, entry, file);
  if (unpacked.length !== entry.bytes)
    throw damaged(file, name, `has ${unpacked.length} bytes, expected ${entry.bytes}`);
  if (crc32(unpacked) !== entry.crc) throw damaged(file, name, 'does not match its CRC-32');
  return unpacked;
}

/** Stops where the directory says that the entry ends. */
function inflate(packed: Uint8Array, name: string, { bytes }: Entry, file: string): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch (cause) {
    throw damaged(file, name, 'cannot be unpacked, or to more than it says', cause);
  }
}

const broken = (file: string) => new DataError(`${file} is damaged: its zip directory cannot be read`, file);
const damaged = (file: string, name: string, problem: string, cause?: unknown) =>
  new DataError(`${file} is damaged: its entry ${JSON.stringify(name.slice(0, 100))} ${problem}`, file, { cause });
