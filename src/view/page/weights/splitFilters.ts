/** Filters as pictures. */
import type { Picture } from '../../../pictures/picture.js';

const size = 5;

/**
 * Grey is 0; black and white are the largest weight of all, with a minus and without.
 * @param kernel - `[5, 5, filters]`; a dimension of 1 among them changes nothing
 */
export function splitFilters(kernel: Float32Array): { pictures: Picture[]; largest: number } {
  const filters = kernel.length / size ** 2;
  const largest = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const pictures = Array.from({ length: filters }, (_, filter) => ({
    width: size,
    height: size,
    channels: 1 as const,
    pixels: Uint8Array.from({ length: size ** 2 }, (_, place) =>
      Math.round(127.5 + 127.5 * (kernel[place * filters + filter]! / (largest || 1))),
    ),
  }));
  return { pictures, largest };
}
