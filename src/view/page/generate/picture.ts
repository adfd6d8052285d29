/** Digits as pictures. */
import { imageSize, pixelsPerImage } from '../../../model/tensors.js';
import type { GreyImage } from '../../../pictures/pixels.js';
import { paint } from '../paint.js';

export const imageAt = (pixels: Uint8Array, index: number): GreyImage => ({
  height: imageSize,
  width: imageSize,
  pixels: pixels.subarray(index * pixelsPerImage, (index + 1) * pixelsPerImage),
});

/** Images `[count, 28, 28]` side by side. */
export function inRow(pixels: Uint8Array): GreyImage {
  const count = pixels.length / pixelsPerImage;
  const row = new Uint8Array(pixels.length);
  for (let line = 0; line < count * imageSize; line++) {
    const [image, y] = [Math.floor(line / imageSize), line % imageSize];
    row.set(pixels.subarray(line * imageSize, (line + 1) * imageSize), (y * count + image) * imageSize);
  }
  return { height: imageSize, width: count * imageSize, pixels: row };
}

/** Saves a picture as a PNG. */
export async function download(image: GreyImage, name: string): Promise<void> {
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
