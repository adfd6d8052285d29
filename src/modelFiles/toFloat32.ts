/** Numbers of other types as float32. Files are little-endian, as every machine here is. */
import { fromFloat16 } from '../shared/float16.js';
import type { FloatType } from './foundTensors.js';

/** @param bytes - of whole numbers, at any place in memory */
export function toFloat32(bytes: Uint8Array, type: FloatType): Float32Array {
  // A copy, aligned. (The slice of a Buffer is none.)
  const { buffer } = new Uint8Array(bytes);
  if (type === 'float32') return new Float32Array(buffer);
  if (type === 'float64') return Float32Array.from(new Float64Array(buffer));
  const words = new Uint16Array(buffer);
  return type === 'bfloat16' ? fromBfloat16(words) : fromFloat16(words);
}

/** The upper half of a float32. */
function fromBfloat16(words: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(words, word => word << 16).buffer);
}
