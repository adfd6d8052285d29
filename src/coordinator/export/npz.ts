/**
 * Tensors as an `.npz` file of NumPy: a zip of one `.npy` a tensor, stored and not deflated, since weights hardly shrink.
 * `numpy.load(file)['generator/dense_1/kernel']` reads one. The same tensors give the same bytes.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
 */
import { endianness } from 'node:os';
import { zipSync } from 'fflate';
import type { ShapedData } from '../../shared/compareTensors.js';

/** The earliest time that a zip can say: the time of the export is not part of what is exported. */
const noTime = new Date(1980, 0, 1);

/** @param tensors - by name, float32, row major */
export function encodeNpz(tensors: ReadonlyMap<string, ShapedData>): Uint8Array {
  const files = [...tensors].map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)] as const);
  return zipSync(Object.fromEntries(files), { level: 0, mtime: noTime });
}

/** Magic, version, length of the header, header; with a line break at its end that puts the numbers at a multiple of 64. */
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
