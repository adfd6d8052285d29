/** Reads the pictures of a sample. */
import { arrangeGrid, type GreyImage } from '../../../pictures/pixels.js';
import { chunkIdentity, ReadCache } from '../cache.js';
import type { OpenRun } from '../panel.js';

/** `fixed`: the same 64 noises every time; `grid`: the batch of the step. */
export type Film = 'fixed' | 'grid';

/** Some 50 MB of a usual run. */
const cache = new ReadCache<GreyImage>(400);

/** @param index - of the sample, from 0 */
export function readFrame(run: OpenRun, film: Film, index: number): Promise<GreyImage> {
  const path = `samples/${film}`;
  const name = film === 'fixed' ? `${index}.0.0.0` : `${index}.0.0`;
  return cache.get(chunkIdentity(run, path, name), async () => {
    const { shape, data } = await run.readArray(path, { from: index, to: index + 1 });
    const pixels = data as Uint8Array;
    return film === 'fixed' ? arrangeGrid(pixels) : { height: shape[1]!, width: shape[2]!, pixels };
  });
}

/** The step of each sample. */
export async function readSampleSteps(run: OpenRun): Promise<Int32Array> {
  const { data } = await run.readArray('samples/step', { from: 0, to: run.attributes.rows.samples });
  return Int32Array.from(data as Int32Array);
}
