/** Numbers of other types as float32. Files are little-endian, as every machine here is. */
import type { FloatType } from './foundTensors.js';

/** @param bytes - of whole numbers, at any place in memory */
export function toFloat32(bytes: Uint8Array, type: FloatType): Float32Array {
  // A copy, aligned. (The slice of a Buffer is none.)
  const { buffer } = new Uint8Array(bytes);
  if (type === 'float32') return new Float32Array(buffer);
  if (type === 'float64') return Float32Array.from(new Float64Array(buffer));
  const words = new Uint16Array(buffer);
  return type === 'bfloat16' ? fromBfloat16(words) : Float32Array.from(words, float16);
}

/** The upper half of a float32. */
function fromBfloat16(words: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(words, word => word << 16).buffer);
}

/** 1 bit of sign, 5 of exponent, 10 of fraction (IEEE 754 binary16). */
function float16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
