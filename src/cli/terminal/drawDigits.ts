/** As many digits as a terminal has place for. */
import { type ImageShape, type Picture, sizeOfImage } from '../../pictures/picture.js';
import { arrange } from '../../pictures/pixels.js';
import { drawHalfBlocks } from './halfBlocks.js';

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
 * @param images `[count, height, width, channels]`
 * @param shape of one of them
 * @returns lines of characters, none if not one digit fits
 */
export function drawDigits(images: Uint8Array, shape: ImageShape, place: Place): string[] {
  const count = images.length / sizeOfImage(shape);
  const layouts = [1, 2, 4, 8, 16, 32].map(columns => layOut(count, shape, columns, place));
  const [best] = layouts.sort((a, b) => b.shown - a.shown || b.size - a.size);
  return best!.shown === 0 ? [] : drawHalfBlocks(arrangeSmall(images, shape, best!), place.colorDepth);
}

interface Layout {
  readonly columns: number;
  /** Digits shown. */
  readonly shown: number;
  /** Of the longer side of a digit, in pixels. */
  readonly size: number;
  /** What becomes of a digit. */
  readonly small: ImageShape;
}

function layOut(count: number, shape: ImageShape, columns: number, place: Place): Layout {
  const { height, width, channels } = shape;
  const longer = Math.max(height, width);
  const fitting = Math.min(
    (place.columns / columns) * (longer / width),
    ((2 * place.rows) / Math.ceil(count / columns)) * (longer / height),
    longer,
  );
  const size = Math.max(Math.min(leastSize, longer), Math.floor(fitting));
  const shrunk = (side: number) => Math.max(1, Math.floor((side * size) / longer));
  const small = { height: shrunk(height), width: shrunk(width), channels };
  const rows = small.width * columns > place.columns ? 0 : Math.floor((2 * place.rows) / small.height);
  return { columns, shown: Math.min(count, columns * rows), size, small };
}

function arrangeSmall(images: Uint8Array, shape: ImageShape, { columns, shown, small }: Layout): Picture {
  const [size, smallSize] = [sizeOfImage(shape), sizeOfImage(small)];
  const all = new Uint8Array(shown * smallSize);
  for (let digit = 0; digit < shown; digit++)
    all.set(shrink({ ...shape, pixels: images.subarray(digit * size, (digit + 1) * size) }, small), digit * smallSize);
  return arrange(all, small, Math.ceil(shown / columns), columns, 0);
}

/** Each pixel is the mean of the rectangle that it covers, first along one side and then along the other. */
function shrink({ pixels, ...from }: Picture, to: ImageShape): Uint8Array {
  const { channels } = from;
  const [down, across] = [weigh(from.height, to.height), weigh(from.width, to.width)];
  const small = new Uint8Array(sizeOfImage(to));
  const line = from.width * channels;
  for (let y = 0; y < to.height; y++) {
    const row = Array.from({ length: line }, (_, place) =>
      down[y]!.reduce((sum, weight, above) => sum + weight * pixels[above * line + place]!, 0),
    );
    for (let x = 0; x < to.width; x++)
      for (let c = 0; c < channels; c++)
        small[(y * to.width + x) * channels + c] = Math.round(
          across[x]!.reduce((sum, weight, beside) => sum + weight * row[beside * channels + c]!, 0),
        );
  }
  return small;
}

/** How much each of `from` pixels in a line is of each of `to`. */
function weigh(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, small) =>
    Array.from({ length: from }, (_, pixel) => {
      const [start, end] = [(small * from) / to, ((small + 1) * from) / to];
      return Math.max(0, Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start);
    }),
  );
}
