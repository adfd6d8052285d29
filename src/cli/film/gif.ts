/**
 * A film as an animated GIF (GIF89a) of all 256 greys, so that no pixel is changed: in colour it
 * would have 256 colours.
 */
import { compress } from './lzw.js';
import type { Film } from './readFilm.js';

/** Piece by piece, a frame at a time. The film is grey. */
export async function* encodeGif({ width, height, frames }: Film): AsyncGenerator<Uint8Array> {
  yield concat('GIF89a', shorts(width, height), [0xf7, 0, 0], greys());
  // Played for ever.
  yield concat([0x21, 0xff, 11], 'NETSCAPE2.0', [3, 1, 0, 0, 0]);
  /** Hundredths of a second: each frame ends at the nearest one, and the film is as long as it should be. */
  let [ms, told] = [0, 0];
  for await (const { pixels, durationMs } of frames) {
    ms += durationMs;
    const delay = Math.round(ms / 10) - told;
    told += delay;
    yield concat([0x21, 0xf9, 4, 0], shorts(delay), [0, 0]);
    yield concat([0x2c], shorts(0, 0, width, height), [0], compress(pixels));
  }
  yield concat([0x3b]);
}

const greys = () => Uint8Array.from({ length: 3 * 256 }, (_, i) => Math.floor(i / 3));
const shorts = (...values: number[]) => values.flatMap(value => [value & 255, value >> 8]);

const concat = (...parts: (string | ArrayLike<number>)[]): Uint8Array =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part))));
