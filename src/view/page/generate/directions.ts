/** Directions in the space of the noise, orthonormal. */

import { uniform } from '../../../model/philox.js';
import { latentSize } from '../../../model/tensors.js';
import { eigenvectors } from './eigenvectors.js';
import { dot } from './slerp.js';

export interface Direction {
  readonly name: string;
  /** Of length 1. */
  readonly vector: Float64Array;
}

/** Apart from every stream that training uses. */
const stream = 1024;

/**
 * The directions that change the first layer most: principal directions of its kernel, by the length that it gives to a step of
 * length 1 (the singular values).
 * @param kernel - `[100, 1024]`
 */
export function principalDirections(kernel: Float32Array, count: number): Direction[] {
  const width = kernel.length / latentSize;
  const rows = Array.from({ length: latentSize }, (_, i) => kernel.subarray(i * width, (i + 1) * width));
  const products = rows.map(a => Float64Array.from(rows, b => dot(a, b)));
  return eigenvectors(products)
    .slice(0, count)
    .map(({ value, vector }, i) => ({
      name: `Principal ${i + 1} (× ${Math.sqrt(Math.max(value, 0)).toFixed(2)})`,
      vector,
    }));
}

/** Gram and Schmidt's way from random vectors to orthonormal ones. */
export function randomDirections(seed: number, count: number): Direction[] {
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from(uniform(seed, stream, i, latentSize));
    for (const other of vectors) {
      const along = dot(vector, other);
      for (let k = 0; k < latentSize; k++) vector[k]! -= along * other[k]!;
    }
    const length = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map(value => value / length));
  }
  return vectors.map((vector, i) => ({ name: `Random ${i + 1}`, vector }));
}

/** A noise, and steps along directions. */
export function walk(noise: Float32Array, directions: readonly Direction[], amounts: readonly number[]): Float32Array {
  return noise.map((value, k) => directions.reduce((sum, { vector }, i) => sum + amounts[i]! * vector[k]!, value));
}
