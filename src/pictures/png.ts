/** Grey pictures as PNG files. Import it lazily: the encoder takes 30 ms to load. */
import { encode } from 'fast-png';
import type { GreyImage } from './pixels.js';

/** The bytes of a PNG with one channel of 8 bits. */
export function encodePng({ width, height, pixels }: GreyImage): Uint8Array {
  return encode({ width, height, data: pixels, channels: 1, depth: 8 });
}
