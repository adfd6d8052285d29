/**
 * Tensors as an `.npz` file of NumPy: a zip of one `.npy` a tensor, stored and not deflated, since
 * weights hardly shrink. `numpy.load(file)['generator/dense_1/kernel']` reads one. The same tensors
 * give the same bytes.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
 */
import { endianness } from 'node:os';
import { zipSync } from 'fflate';
import type { ShapedData } from '../model/comparison/compareTensors.js';
import { sizeOf } from '../model/shape.js';
import { DataError } from '../shared/errors.js';
import { bytesPerNumber, type FoundTensor, type FoundTensors, isShape } from './foundTensors.js';
import { permuteAxes } from './permuteAxes.js';
import type { ZipArchive } from './zip.js';

/** The earliest time that a zip can say: the time of the export is not part of what is exported. */
const noTime = new Date(1980, 0, 1);

/** @param tensors - by name, float32, row major */
export function encodeNpz(tensors: ReadonlyMap<string, ShapedData>): Uint8Array {
  const files = [...tensors].map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)] as const);
  return zipSync(Object.fromEntries(files), { level: 0, mtime: noTime });
}

/** @throws DataError for a file that is cut off, damaged, or holds what numpy itself would not take */
export function decodeNpz(archive: ZipArchive, file: string): FoundTensors {
  const names = archive.names.filter(name => name.endsWith('.npy'));
  const tensors = names.map(name => [name.slice(0, -4), decodeNpy(archive.read(name), name, file)] as const);
  return new Map(tensors);
}

/** Without the byte order. JAX's types are in ml_dtypes, of which NumPy writes a size alone, or a number of its own. */
const typeNames: Readonly<Record<string, string>> = {
  f4: 'float32',
  f8: 'float64',
  f2: 'float16',
  V2: 'bfloat16',
  f1: 'float8_e5m2',
};

function decodeNpy(bytes: Uint8Array, name: string, file: string): FoundTensor {
  const fail = (problem: string) =>
    new DataError(`${file} is damaged: ${JSON.stringify(name.slice(0, 100))} ${problem}`, file);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 12 || view.toString('latin1', 0, 6) !== '\x93NUMPY') throw fail('is no .npy');
  // Version 1 has 2 bytes for the length of the header, later ones have 4.
  const start = view[6] === 1 ? 10 : 12;
  const end = start + (start === 10 ? view.readUInt16LE(8) : view.readUInt32LE(8));
  const header = view.toString('latin1', start, Math.min(end, start + 10_000));
  const [, descr] = /'descr': *'([^']{1,20})'/.exec(header) ?? [];
  const [, order] = /'fortran_order': *(True|False)/.exec(header) ?? [];
  const [, tuple] = /'shape': *\(([\d, ]*)\)/.exec(header) ?? [];
  const shape = tuple?.split(',').flatMap(size => (size.trim() === '' ? [] : [Number(size)]));
  if (end > view.length || descr === undefined || !order || !isShape(shape)) throw fail('has no header of a .npy');
  const plain = descr.replace(/^[<>|=]/, '');
  const type = (Object.hasOwn(typeNames, plain) ? typeNames[plain] : undefined) ?? descr;
  const size = (Object.hasOwn(bytesPerNumber, type) ? bytesPerNumber[type] : undefined) ?? Number.NaN;
  const found = view.length - end;
  if (Object.hasOwn(bytesPerNumber, type) && found !== sizeOf(shape) * size)
    throw fail(`has ${found} bytes, expected ${sizeOf(shape) * size}`);
  const numbers = view.subarray(end);
  const tensor = { shape, type, bytes: descr.startsWith('>') ? swapBytes(numbers, size) : numbers };
  if (order !== 'True') return tensor;
  // Column major: its axes are there in the other direction.
  return permuteAxes({ ...tensor, shape: shape.toReversed() }, [...shape.keys()].reverse());
}

/** From the other byte order. */
function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = Buffer.from(bytes);
  if (size === 2) return swapped.swap16();
  if (size === 4) return swapped.swap32();
  return size === 8 ? swapped.swap64() : swapped;
}

/**
 * Magic, version, length of the header, header; with a line break at its end that puts the numbers
 * at a multiple of 64.
 */
function encodeNpy({ shape, data }: ShapedData): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = endianness() === 'LE' ? '<' : '>';
  const dictionary = `{'descr': '${order}f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefixBytes = 10;
  const headerBytes = Math.ceil((prefixBytes + dictionary.length + 1) / 64) * 64 - prefixBytes;
  const header = Buffer.from(`\x93NUMPY\x01\x00..${dictionary.padEnd(headerBytes - 1)}\n`, 'latin1');
  header.writeUInt16LE(headerBytes, 8);
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
