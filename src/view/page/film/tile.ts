/** Pictures of the film. */

/** Grey values. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Images side by side, in a square. */
export function tile(pixels: Uint8Array, images: number, height: number, width: number): Frame {
  const columns = Math.ceil(Math.sqrt(images));
  const rows = Math.ceil(images / columns);
  const all = {
    width: columns * width,
    height: rows * height,
    pixels: new Uint8Array(columns * width * rows * height),
  };
  for (let image = 0; image < images; image++) {
    const [top, left] = [Math.floor(image / columns) * height, (image % columns) * width];
    for (let y = 0; y < height; y++) {
      const start = (image * height + y) * width;
      all.pixels.set(pixels.subarray(start, start + width), (top + y) * all.width + left);
    }
  }
  return all;
}
