/** Pictures in a terminal of 256 colours or more: a character shows two pixels, one above the other. */
import type { Picture } from '../../pictures/picture.js';
import { nameColour } from './colours.js';

/** Upper halves in the colour of the text, lower ones in that of the background; a colour is named where it changes. */
export function drawHalfBlocks({ width, height, channels, pixels }: Picture, colorDepth: number): string[] {
  const black = new Uint8Array(channels);
  const colourAt = (x: number, y: number) => {
    const from = (y * width + x) * channels;
    return nameColour(y < height ? pixels.subarray(from, from + channels) : black, colorDepth);
  };
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    let [text, above, below] = ['', '', ''];
    for (let x = 0; x < width; x++) {
      const [upper, lower] = [colourAt(x, 2 * line), colourAt(x, 2 * line + 1)];
      if (upper !== above) text += `\x1b[38;${upper}m`;
      if (lower !== below) text += `\x1b[48;${lower}m`;
      text += '▀';
      [above, below] = [upper, lower];
    }
    return `${text}\x1b[0m`;
  });
}
