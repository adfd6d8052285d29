/** Digits as pictures. */
import { type ImageShape, type Picture, sizeOfImage } from '../../../pictures/picture.js';
import { arrange } from '../../../pictures/pixels.js';
import { paint } from '../paint.js';

export const imageAt = (pixels: Uint8Array, shape: ImageShape, index: number): Picture => {
  const size = sizeOfImage(shape);
  return { ...shape, pixels: pixels.subarray(index * size, (index + 1) * size) };
};

/** Images `[count, height, width, channels]` side by side. */
export const inRow = (pixels: Uint8Array, shape: ImageShape): Picture =>
  arrange(pixels, shape, 1, pixels.length / sizeOfImage(shape));

/** Saves a picture as a PNG. */
export async function download(image: Picture, name: string): Promise<void> {
  const canvas = document.createElement('canvas');
  paint(canvas, image);
  const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The browser makes no PNG of it.');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
