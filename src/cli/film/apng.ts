/** A film as an animated PNG of 8 bits a channel: what does not know them shows its first frame. */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { crc32 } from '../../shared/crc32.js';
import type { Film } from './readFilm.js';

const deflated = promisify(deflate);

/** Piece by piece, a frame at a time. */
export async function* encodeApng({ width, height, channels, count, frames }: Film): AsyncGenerator<Uint8Array> {
  yield Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  yield chunk('IHDR', longs(width, height), [8, channels === 3 ? 2 : 0, 0, 0, 0]);
  // Played for ever.
  yield chunk('acTL', longs(count, 0));
  /** Of the chunks of frames, which are numbered through. */
  let number = 0;
  for await (const { pixels, durationMs } of frames) {
    const isFirst = number === 0;
    const data = await deflated(unfiltered(pixels, width * channels), { level: 9 });
    yield chunk('fcTL', longs(number++, width, height, 0, 0), shorts(Math.round(durationMs), 1000), [0, 0]);
    yield isFirst ? chunk('IDAT', data) : chunk('fdAT', longs(number++), data);
  }
  yield chunk('IEND');
}

/** Each line behind a 0: it is as it is. Noise and digits become no smaller by what PNG can do to lines first. */
function unfiltered(pixels: Uint8Array, lineBytes: number): Uint8Array {
  const lines = new Uint8Array(pixels.length + pixels.length / lineBytes);
  for (let from = 0, to = 1; from < pixels.length; from += lineBytes, to += lineBytes + 1)
    lines.set(pixels.subarray(from, from + lineBytes), to);
  return lines;
}

function chunk(type: string, ...parts: ArrayLike<number>[]): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...parts.map(part => Uint8Array.from(part))]);
  return Buffer.concat([longs(body.length - 4), body, longs(crc32(body))].map(part => Uint8Array.from(part)));
}

const longs = (...values: number[]) => values.flatMap(v => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]);
const shorts = (...values: number[]) => values.flatMap(v => [v >> 8, v & 255]);
