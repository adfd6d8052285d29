/**
 * From the generator's values to pictures, as the reference does it: the same pixels, and the same grid.
 */
import { type ImageShape, type Picture, sizeOfImage } from './picture.js';

/** What a cell of a grid shows that no image fills: the pixel of the value 0, which the reference pads with. */
const emptyPixel = 127;

/** Values in [-1, 1] as pixels: `trunc(fround(fround(v · 127.5) + 127.5))`; what is outside is black, or full. */
export function toPixels(values: Float32Array): Uint8Array {
  const { fround, max, min } = Math;
  const pixels = new Uint8Array(values.length);
  // Storing truncates, and would wrap around what is out of range: not every generator ends in a tanh.
  for (let i = 0; i < values.length; i++) pixels[i] = max(0, min(255, fround(fround(values[i]! * 127.5) + 127.5)));
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
 * @param images `[count, height, width, channels]`
 * @param shape of one of them
 */
export function arrangeGrid(images: Uint8Array, shape: ImageShape): Picture {
  const { rows, columns } = gridSize(images.length / sizeOfImage(shape));
  return arrange(images, shape, rows, columns);
}

/** As many rows and columns; cells that no image fills are `empty`. */
export function arrange(
  images: Uint8Array,
  shape: ImageShape,
  rows: number,
  columns: number,
  empty = emptyPixel,
): Picture {
  const { channels } = shape;
  const [height, width, line] = [rows * shape.height, columns * shape.width, shape.width * channels];
  const pixels = new Uint8Array(height * width * channels).fill(empty);
  for (let from = 0; from * line < images.length; from++) {
    const image = Math.floor(from / shape.height);
    const y = Math.floor(image / columns) * shape.height + (from % shape.height);
    pixels.set(images.subarray(from * line, (from + 1) * line), (y * columns + (image % columns)) * line);
  }
  return { height, width, channels, pixels };
}

/** Each pixel as a square of `scale` × `scale`. */
export function enlarge({ height, width, channels, pixels }: Picture, scale: number): Picture {
  const large = { height: height * scale, width: width * scale, channels };
  const [line, largeLine] = [width * channels, large.width * channels];
  const all = new Uint8Array(large.height * largeLine);
  for (let y = 0; y < large.height; y++)
    for (let to = 0; to < largeLine; to++) {
      const x = Math.floor(to / (channels * scale));
      all[y * largeLine + to] = pixels[Math.floor(y / scale) * line + x * channels + (to % channels)]!;
    }
  return { ...large, pixels: all };
}
