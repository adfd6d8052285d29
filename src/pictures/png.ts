/** Pictures as PNG files. Import it lazily: the encoder takes 30 ms to load. */
import { encode } from 'fast-png';
import type { Picture } from './picture.js';

/** The bytes of a PNG of 8 bits a channel, grey (colour type 0) or red, green and blue (2). */
export function encodePng({ width, height, channels, pixels }: Picture): Uint8Array {
  return encode({ width, height, data: pixels, channels, depth: 8 });
}
