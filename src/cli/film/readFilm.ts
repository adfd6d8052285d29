/**
 * The training as pictures one after the other: the fixed noise at each sample, above a bar that
 * says how far the run is.
 */
import type { ImageShape, Picture } from '../../pictures/picture.js';
import { arrangeGrid, enlarge, gridSize } from '../../pictures/pixels.js';
import type { Run } from '../../store/index.js';
import type { Moment } from './chooseMoments.js';

export interface Frame {
  readonly pixels: Uint8Array;
  readonly durationMs: number;
}

export interface Film extends ImageShape {
  /** Of the frames. */
  readonly count: number;
  readonly frames: AsyncIterable<Frame>;
}

export interface FilmOptions {
  readonly fps: number;
  /** Each pixel becomes a square of so many. */
  readonly scale: number;
  readonly onFrame?: (done: number) => void;
}

/** How long the last frame stays. */
export const holdMs = 2000;
const gapHeight = 2;
const barHeight = 3;
const [barDone, barLeft] = [160, 48];

/** A film that is read from the store while it is taken, one picture at a time. */
export function readFilm(run: Run, moments: readonly Moment[], { fps, scale, onFrame }: FilmOptions): Film {
  const [first, last] = [moments[0]!.step, moments.at(-1)!.step];
  const { rows, columns } = gridSize(64);
  const image = run.imageShape;
  async function* readFrames(): AsyncGenerator<Frame> {
    for (const [place, { index, step }] of moments.entries()) {
      onFrame?.(place);
      const { fixed } = await run.readSample(index);
      const done = last === first ? 1 : (step - first) / (last - first);
      const { pixels } = enlarge(addBar(arrangeGrid(fixed, image), done), scale);
      yield { pixels, durationMs: place === moments.length - 1 ? holdMs : 1000 / fps };
    }
  }
  return {
    width: columns * image.width * scale,
    height: (rows * image.height + gapHeight + barHeight) * scale,
    channels: image.channels,
    count: moments.length,
    frames: readFrames(),
  };
}

/** @param done - from 0 to 1 */
function addBar({ width, height, channels, pixels }: Picture, done: number): Picture {
  const lineBytes = width * channels;
  const all = new Uint8Array(lineBytes * (height + gapHeight + barHeight));
  all.set(pixels);
  const line = new Uint8Array(lineBytes).fill(barLeft).fill(barDone, 0, Math.round(done * width) * channels);
  for (let y = height + gapHeight; y < height + gapHeight + barHeight; y++) all.set(line, y * lineBytes);
  return { width, height: height + gapHeight + barHeight, channels, pixels: all };
}
