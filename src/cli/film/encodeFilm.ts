/** The bytes of a film's file, made while they are taken: no more than a frame is in memory. */
import { enlarge } from '../../pictures/pixels.js';
import { encodePng } from '../../pictures/png.js';
import type { Run } from '../../store/index.js';
import { encodeApng } from './apng.js';
import type { Moment } from './chooseMoments.js';
import { encodeGif } from './gif.js';
import { type FilmOptions, readFilm } from './readFilm.js';
import { readStrip } from './strip.js';

export async function* encodeFilm(
  kind: 'gif' | 'apng' | 'strip',
  run: Run,
  moments: readonly Moment[],
  options: FilmOptions,
): AsyncGenerator<Uint8Array> {
  if (kind === 'gif') yield* encodeGif(readFilm(run, moments, options));
  else if (kind === 'apng') yield* encodeApng(readFilm(run, moments, options));
  else yield encodePng(enlarge(await readStrip(run, moments), options.scale));
}
