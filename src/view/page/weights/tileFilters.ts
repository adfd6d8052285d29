/** Filters as one picture. */
import type { GreyImage } from '../../../shared/pixels.js';

const size = 5;
const gap = 1;

/**
 * Grey is 0; black and white are the largest weight of all, with a minus and without.
 * @param kernel - `[5, 5, filters]`; a dimension of 1 among them changes nothing
 */
export function tileFilters(kernel: Float32Array, filters: number): { picture: GreyImage; largest: number } {
  const columns = Math.ceil(Math.sqrt(filters));
  const rows = Math.ceil(filters / columns);
  const [width, height] = [columns * (size + gap) - gap, rows * (size + gap) - gap];
  const largest = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const pixels = new Uint8Array(width * height);
  for (const [i, value] of kernel.entries()) {
    const [place, filter] = [Math.floor(i / filters), i % filters];
    const y = Math.floor(filter / columns) * (size + gap) + Math.floor(place / size);
    const x = (filter % columns) * (size + gap) + (place % size);
    pixels[y * width + x] = Math.round(127.5 + 127.5 * (value / (largest || 1)));
  }
  return { picture: { width, height, pixels }, largest };
}
