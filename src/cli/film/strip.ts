/** How digits come to be, in one picture: a column a moment, a row a noise. */
import { imageSize, pixelsPerImage } from '../../model/tensors.js';
import type { GreyImage } from '../../pictures/pixels.js';
import type { Run } from '../../store/index.js';
import type { Moment } from './chooseMoments.js';

/** Of the 64 fixed noises, the first. */
const noises = 8;

export async function readStrip(run: Run, moments: readonly Moment[]): Promise<GreyImage> {
  const [height, width] = [noises * imageSize, moments.length * imageSize];
  const pixels = new Uint8Array(height * width);
  for (const [column, { index }] of moments.entries()) {
    // [64, 28, 28]: the first noises are a column as they are.
    const { fixed } = await run.readSample(index);
    const images = fixed.subarray(0, noises * pixelsPerImage);
    for (let y = 0; y < height; y++)
      pixels.set(images.subarray(y * imageSize, (y + 1) * imageSize), y * width + column * imageSize);
  }
  return { height, width, pixels };
}
