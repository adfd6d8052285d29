/** Images whose files hold them column by column, such as EMNIST's, turned upright. */
import { sizeOfImage } from '../pictures/picture.js';
import type { Content } from './source.js';

/** Rows become columns. @returns the images in memory that threads can share */
export function transposeImages(content: Content): Content {
  const { pixels, height, width, channels } = content;
  const imageBytes = sizeOfImage(content);
  const turned = new Uint8Array(new SharedArrayBuffer(pixels.length));
  for (let image = 0; image < pixels.length; image += imageBytes) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const from = image + (row * width + column) * channels;
        const to = image + (column * height + row) * channels;
        for (let channel = 0; channel < channels; channel++) turned[to + channel] = pixels[from + channel]!;
      }
    }
  }
  return { ...content, pixels: turned, height: width, width: height };
}
