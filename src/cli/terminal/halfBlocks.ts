/** Grey pictures in a terminal of 256 colours or more: a character shows two pixels, one above the other. */
import { imageSize, pixelsPerImage } from '../../model/tensors.js';
import type { GreyImage } from '../../pictures/pixels.js';

/** Smaller digits cannot be read. */
const leastSize = 10;

export interface Place {
  readonly columns: number;
  readonly rows: number;
  /** Bits. */
  readonly colorDepth: number;
}

/**
 * As many of the digits as there is place for, and these as large as can be.
 * @param images `[count, 28, 28]`
 * @returns lines of characters, none if not one digit fits
 */
export function drawDigits(images: Uint8Array, place: Place): string[] {
  const layouts = [1, 2, 4, 8, 16, 32].map(columns => layOut(images, columns, place));
  const [best] = layouts.sort((a, b) => b.shown - a.shown || b.size - a.size);
  return best!.shown === 0 ? [] : drawHalfBlocks(arrange(images, best!), place.colorDepth);
}

interface Layout {
  readonly columns: number;
  /** Digits shown. */
  readonly shown: number;
  /** Of a digit, in pixels. */
  readonly size: number;
}

function layOut(images: Uint8Array, columns: number, place: Place): Layout {
  const count = images.length / pixelsPerImage;
  const fitting = Math.min(place.columns / columns, (2 * place.rows) / Math.ceil(count / columns), imageSize);
  const size = Math.max(leastSize, Math.floor(fitting));
  if (size * columns > place.columns) return { columns, shown: 0, size };
  return { columns, shown: Math.min(count, columns * Math.floor((2 * place.rows) / size)), size };
}

function arrange(images: Uint8Array, { columns, shown, size }: Layout): GreyImage {
  const [width, height] = [columns * size, Math.ceil(shown / columns) * size];
  const pixels = new Uint8Array(width * height);
  for (let digit = 0; digit < shown; digit++) {
    const small = shrink(images.subarray(digit * pixelsPerImage, (digit + 1) * pixelsPerImage), size);
    const [top, left] = [Math.floor(digit / columns) * size, (digit % columns) * size];
    for (let y = 0; y < size; y++) pixels.set(small.subarray(y * size, (y + 1) * size), (top + y) * width + left);
  }
  return { width, height, pixels };
}

/** Each pixel is the mean of the square that it covers, first along one side and then along the other. */
function shrink(image: Uint8Array, size: number): Uint8Array {
  const weights = Array.from({ length: size }, (_, to) =>
    Array.from({ length: imageSize }, (_, from) => {
      const [start, end] = [(to * imageSize) / size, ((to + 1) * imageSize) / size];
      return Math.max(0, Math.min(end, from + 1) - Math.max(start, from)) / (end - start);
    }),
  );
  const small = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    const row = Array.from({ length: imageSize }, (_, x) =>
      weights[y]!.reduce((sum, weight, from) => sum + weight * image[from * imageSize + x]!, 0),
    );
    for (let x = 0; x < size; x++)
      small[y * size + x] = Math.round(weights[x]!.reduce((sum, weight, from) => sum + weight * row[from]!, 0));
  }
  return small;
}

/** Upper halves in the colour of the text, lower ones in that of the background; a colour is named where it changes. */
export function drawHalfBlocks({ width, height, pixels }: GreyImage, colorDepth: number): string[] {
  const nameGrey = colorDepth >= 24 ? (grey: number) => `2;${grey};${grey};${grey}` : greyOf256;
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    let [text, above, below] = ['', '', ''];
    for (let x = 0; x < width; x++) {
      const [upper, lower] = [2 * line, 2 * line + 1].map(y => nameGrey(y < height ? pixels[y * width + x]! : 0));
      if (upper !== above) text += `\x1b[38;${upper}m`;
      if (lower !== below) text += `\x1b[48;${lower}m`;
      text += '▀';
      [above, below] = [upper!, lower!];
    }
    return `${text}\x1b[0m`;
  });
}

/** The nearest of black, the 24 greys 8, 18, … 238, and white. */
function greyOf256(grey: number): string {
  if (grey < 4) return '5;16';
  if (grey > 246) return '5;231';
  return `5;${232 + Math.min(23, Math.max(0, Math.round((grey - 8) / 10)))}`;
}
