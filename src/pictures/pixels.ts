/**
 * From the generator's values to pictures, as the reference does it: the same pixels, and the same grid.
 */
import { imageSize, pixelsPerImage } from '../model/tensors.js';

/** What a cell of a grid shows that no image fills: the pixel of the value 0, which the reference pads with. */
const emptyPixel = 127;

/** A grey picture, `[height, width]`, row major. */
export interface GreyImage {
  height: number;
  width: number;
  pixels: Uint8Array;
}

/** Values in [-1, 1] as grey values: `trunc(fround(fround(v · 127.5) + 127.5))`. */
export function toPixels(values: Float32Array): Uint8Array {
  const { fround } = Math;
  const pixels = new Uint8Array(values.length);
  // Storing truncates; nothing is out of range, for the values are a tanh's.
  for (let i = 0; i < values.length; i++) pixels[i] = fround(fround(values[i]! * 127.5) + 127.5);
  return pixels;
}

/** The grid of `count` images in cells: nearly square, never wider than it is high. */
export function gridSize(count: number): { rows: number; columns: number } {
  const columns = Math.floor(Math.sqrt(count));
  return { rows: columns === 0 ? 0 : Math.ceil(count / columns), columns };
}

/**
 * Images side by side: image i at row `floor(i / columns)`, column `i mod columns`.
 *
 * @param images `[count, 28, 28]`
 */
export function arrangeGrid(images: Uint8Array): GreyImage {
  const count = images.length / pixelsPerImage;
  const { rows, columns } = gridSize(count);
  const [height, width] = [rows * imageSize, columns * imageSize];
  const pixels = new Uint8Array(height * width).fill(emptyPixel);
  for (let line = 0; line < count * imageSize; line++) {
    const image = Math.floor(line / imageSize);
    const y = Math.floor(image / columns) * imageSize + (line % imageSize);
    const x = (image % columns) * imageSize;
    pixels.set(images.subarray(line * imageSize, (line + 1) * imageSize), y * width + x);
  }
  return { height, width, pixels };
}

/** Each pixel as a square of `scale` × `scale`. */
export function enlarge({ height, width, pixels }: GreyImage, scale: number): GreyImage {
  const large = { height: height * scale, width: width * scale, pixels: new Uint8Array(height * width * scale ** 2) };
  for (let y = 0; y < large.height; y++)
    for (let x = 0; x < large.width; x++)
      large.pixels[y * large.width + x] = pixels[Math.floor(y / scale) * width + Math.floor(x / scale)]!;
  return large;
}
