/** Pictures on a canvas. */
import type { Picture } from '../../pictures/picture.js';

/** Draws it pixel by pixel; CSS makes it larger. */
export function paint(canvas: HTMLCanvasElement, { width, height, channels, pixels }: Picture): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const colours = new Uint32Array(image.data.buffer);
  // Opaque; a grey is the same for red, green and blue, and red is the lowest byte.
  for (let i = 0, from = 0; i < colours.length; i++, from += channels)
    colours[i] =
      0xff000000 |
      (channels === 1
        ? pixels[from]! * 0x010101
        : pixels[from]! | (pixels[from + 1]! << 8) | (pixels[from + 2]! << 16));
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
