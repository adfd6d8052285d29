/** Directions in the space of the noise, orthonormal. */

import type { DescribedLayer } from '../../../model/describe.js';
import { streams, uniform } from '../../../model/philox.js';
import { eigenvectors } from './eigenvectors.js';
import { dot } from './slerp.js';

export interface Direction {
  readonly name: string;
  /** Of length 1. */
  readonly vector: Float64Array;
}

/** The dense layer that takes the noise as it is drawn; not every generator has one. */
export function layerOnNoise(generator: readonly DescribedLayer[]): DescribedLayer | undefined {
  const first = generator.find(({ layer }) => layer.kind !== 'flatten' && layer.kind !== 'reshape');
  return first?.layer.kind === 'dense' ? first : undefined;
}

/**
 * The directions that change the first layer most: principal directions of its kernel, by the
 * length that it gives to a step of length 1 (the singular values).
 * @param kernel - `[latentSize, units]`
 */
export function principalDirections(kernel: Float32Array, latentSize: number, count: number): Direction[] {
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

/**
 * Gram and Schmidt's way from random vectors to orthonormal ones, of which there are no more than
 * the noise has numbers.
 */
export function randomDirections(seed: number, latentSize: number, count: number): Direction[] {
  const vectors: Float64Array[] = [];
  for (let i = 0; i < Math.min(count, latentSize); i++) {
    const vector = Float64Array.from(uniform(seed, streams.directions, i, latentSize));
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
