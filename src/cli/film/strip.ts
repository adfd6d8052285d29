/** How digits come to be, in one picture: a column a moment, a row a noise. */
import { type Picture, sizeOfImage } from '../../pictures/picture.js';
import { arrange } from '../../pictures/pixels.js';
import type { Run } from '../../store/index.js';
import type { Moment } from './chooseMoments.js';

/** Of the 64 fixed noises, the first. */
const noises = 8;

export async function readStrip(run: Run, moments: readonly Moment[]): Promise<Picture> {
  const { imageShape } = run;
  const size = sizeOfImage(imageShape);
  const images = new Uint8Array(noises * moments.length * size);
  for (const [column, { index }] of moments.entries()) {
    // [64, height, width, channels]
    const { fixed } = await run.readSample(index);
    for (let noise = 0; noise < noises; noise++)
      images.set(fixed.subarray(noise * size, (noise + 1) * size), (noise * moments.length + column) * size);
  }
  return arrange(images, imageShape, noises, moments.length);
}
