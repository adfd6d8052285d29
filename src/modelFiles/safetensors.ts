/**
 * Tensors as a `.safetensors` file: 8 bytes with the length of the header, the header in JSON, the numbers.
 *
 * Source: https://github.com/huggingface/safetensors#format
 */
import type { ShapedData } from '../model/comparison/compareTensors.js';
import { sizeOf } from '../model/shape.js';
import { DataError } from '../shared/errors.js';
import { bytesPerNumber, type FoundTensors, isRecord, isShape, parseJsonOf } from './foundTensors.js';

/** That of this model's file has some 4 kB. */
const maxHeaderBytes = 2 ** 24;

const typeNames: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8_e4m3',
  F8_E5M2: 'float8_e5m2',
};

/**
 * @param tensors - by name, float32, row major
 * @param metadata - goes into `__metadata__`
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, ShapedData>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  // Numbers start at a multiple of 8: readers map the file into memory.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const numbers = Array.from(tensors.values(), ({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  return Buffer.concat([length, padded, ...numbers]);
}

/** @throws DataError for a file that is cut off or damaged */
export function decodeSafetensors(bytes: Uint8Array, file: string): FoundTensors {
  const { header, numbers } = splitFile(bytes, file);
  const tensors: FoundTensors = new Map();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, readEntry(name, entry, numbers, file));
  }
  return tensors;
}

function splitFile(bytes: Uint8Array, file: string) {
  const length = bytes.length < 8 ? Infinity : Number(Buffer.from(bytes.subarray(0, 8)).readBigUInt64LE());
  if (length > Math.min(bytes.length - 8, maxHeaderBytes)) {
    throw new DataError(
      `${file} is damaged or no .safetensors: its header would have ${length} bytes, the file has ${bytes.length}`,
      file,
    );
  }
  const header = parseJsonOf(bytes.subarray(8, 8 + length), file, 'its header');
  return { header, numbers: bytes.subarray(8 + length) };
}

function readEntry(name: string, entry: unknown, numbers: Uint8Array, file: string) {
  const fail = (problem: string) =>
    new DataError(`${file} is damaged: ${JSON.stringify(name.slice(0, 100))} ${problem}`, file);
  if (!isRecord(entry) || typeof entry.dtype !== 'string' || !isShape(entry.shape)) throw fail('has no type and shape');
  const [from, to] = Array.isArray(entry.data_offsets) ? entry.data_offsets : [];
  if (![from, to].every(Number.isSafeInteger) || from < 0 || from > to) throw fail('has no offsets in the file');
  if (to > numbers.length) throw fail(`ends at byte ${to} of ${numbers.length}: the file is cut off`);
  const type = typeNames[entry.dtype] ?? entry.dtype.slice(0, 20);
  const expected = sizeOf(entry.shape) * (bytesPerNumber[type] ?? Number.NaN);
  if (expected !== to - from && type in bytesPerNumber) throw fail(`has ${to - from} bytes, expected ${expected}`);
  return { shape: entry.shape, type, bytes: numbers.subarray(from, to) };
}
