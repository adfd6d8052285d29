/** Numbers of other types as float32: exactly, but for float64. Files are little-endian, as every machine here is. */
import { fromFloat16 } from '../shared/float16.js';
import type { FloatType } from './foundTensors.js';

/** @param bytes - of whole numbers, at any place in memory */
export function toFloat32(bytes: Uint8Array, type: FloatType): Float32Array {
  // A copy, aligned. (The slice of a Buffer is none.)
  const copy = new Uint8Array(bytes);
  if (type === 'float32') return new Float32Array(copy.buffer);
  if (type === 'float64') return Float32Array.from(new Float64Array(copy.buffer));
  if (type === 'bfloat16') return fromBfloat16(new Uint16Array(copy.buffer));
  if (type === 'float16') return fromFloat16(new Uint16Array(copy.buffer));
  return Float32Array.from(copy, type === 'float8_e5m2' ? fromE5m2 : fromE4m3);
}

/** The upper half of a float32. */
function fromBfloat16(words: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(words, word => word << 16).buffer);
}

/** The upper half of a float16. */
const fromE5m2 = (byte: number): number => fromFloat16(Uint16Array.of(byte << 8))[0]!;

/** 4 bits of exponent, no infinity, and one NaN: `float8_e4m3fn`. Micikevicius et al. 2022, arXiv:2209.05433. */
function fromE4m3(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >>> 3) & 0xf;
  const fraction = byte & 7;
  if ((byte & 0x7f) === 0x7f) return Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10));
}
