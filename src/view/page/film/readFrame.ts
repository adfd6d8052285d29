/** Reads the pictures of a sample. */
import type { ImageShape, Picture } from '../../../pictures/picture.js';
import { arrangeGrid } from '../../../pictures/pixels.js';
import { chunkIdentity, ReadCache } from '../cache.js';
import type { OpenRun } from '../panel.js';

/** `fixed`: the same 64 noises every time; `grid`: the batch of the step. */
export type Film = 'fixed' | 'grid';

/** Some 50 MB of a usual run. */
const cache = new ReadCache<Picture>(400);

/** @param index - of the sample, from 0 */
export function readFrame(run: OpenRun, film: Film, index: number): Promise<Picture> {
  const path = `samples/${film}`;
  const { shape } = run.metadata[`${path}/.zarray`] as { shape: number[] };
  const name = [index, ...shape.slice(1).map(() => 0)].join('.');
  return cache.get(chunkIdentity(run, path, name), async () => {
    const { data } = await run.readArray(path, { from: index, to: index + 1 });
    const pixels = data as Uint8Array;
    if (film === 'fixed') return arrangeGrid(pixels, shapeOf(shape.slice(2)));
    return { ...shapeOf(shape.slice(1)), pixels };
  });
}

/** Grey images have no dimension of channels. */
const shapeOf = ([height, width, channels = 1]: readonly number[]): ImageShape =>
  ({ height, width, channels }) as ImageShape;

/** The step of each sample. */
export async function readSampleSteps(run: OpenRun): Promise<Int32Array> {
  const { data } = await run.readArray('samples/step', { from: 0, to: run.attributes.rows.samples });
  return Int32Array.from(data as Int32Array);
}
