/** Filters as pictures. */
import { type ImageShape, type Picture, sizeOfImage } from '../../../pictures/picture.js';

/**
 * Grey is 0; black and white are the largest weight of all, with a minus and without. In colour each channel is so.
 * @param kernel - `[height, width, in, out]`: the filters are the one, and the image's channels the other
 * @param filtersAxis - 2 where they are `in`, 3 where they are `out`
 */
export function splitFilters(
  kernel: Float32Array,
  [height, width, inputs, outputs]: readonly number[],
  filtersAxis: 2 | 3,
): { pictures: Picture[]; largest: number } {
  const [filters, channels] = filtersAxis === 2 ? [inputs!, outputs!] : [outputs!, inputs!];
  const shape = { height, width, channels } as ImageShape;
  const largest = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const valueAt = (filter: number, place: number, channel: number) =>
    kernel[
      filtersAxis === 2
        ? (place * filters + filter) * channels + channel
        : (place * channels + channel) * filters + filter
    ]!;
  const pictures = Array.from({ length: filters }, (_, filter) => ({
    ...shape,
    pixels: Uint8Array.from({ length: sizeOfImage(shape) }, (_, i) =>
      Math.round(127.5 + 127.5 * (valueAt(filter, Math.floor(i / channels), i % channels) / (largest || 1))),
    ),
  }));
  return { pictures, largest };
}
