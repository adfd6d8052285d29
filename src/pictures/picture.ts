/** What an image is made of. */

/** An image's size: so many numbers a pixel, 1 (grey) or 3 (red, green, blue). */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export interface Picture extends ImageShape {
  /** `[height, width, channels]`, row major. */
  readonly pixels: Uint8Array;
}

/** Numbers of an image. */
export const sizeOfImage = ({ height, width, channels }: ImageShape): number => height * width * channels;
