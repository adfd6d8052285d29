/** IDX files of made-up images, for tests. */

interface Header {
  magic?: number;
  claims?: number;
  height?: number;
  width?: number;
}

/** `count` images of noise that is the same every time; the header can lie. */
export function imageFile(
  count: number,
  { magic = 0x803, claims = count, height = 28, width = 28 }: Header = {},
): Buffer {
  const header = Buffer.alloc(16);
  [magic, claims, height, width].forEach((word, i) => {
    header.writeUInt32BE(word, i * 4);
  });
  const pixels = Uint8Array.from({ length: count * height * width }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  return Buffer.concat([header, pixels]);
}
