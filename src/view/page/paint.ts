/** Grey pictures on a canvas. */
import type { GreyImage } from '../../pictures/pixels.js';

/** Draws it pixel by pixel; CSS makes it larger. */
export function paint(canvas: HTMLCanvasElement, { width, height, pixels }: GreyImage): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const colours = new Uint32Array(image.data.buffer);
  // Opaque, and the same for red, green and blue.
  for (let i = 0; i < pixels.length; i++) colours[i] = 0xff000000 | (pixels[i]! * 0x010101);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
