/**
 * GIF's LZW: bytes as codes of 9 to 12 bits. The libraries that do it have had no release for
 * years, or hold a whole film in memory.
 */

const clearCode = 256;
const endCode = 257;
const mostCodes = 4096;

/**
 * The image data of a GIF whose pixels are of 8 bits: the code size, blocks of up to 255 bytes, and
 * the block that ends them.
 */
export function compress(pixels: Uint8Array): Uint8Array {
  const bits = new BitWriter(pixels.length);
  /** The code of a string that is `prefix`, a code, and one pixel more; 0: there is none yet. */
  const codes = new Uint16Array(mostCodes * 256);
  let [next, width, prefix] = [endCode + 1, 9, pixels[0]!];
  bits.write(clearCode, width);
  for (let i = 1; i < pixels.length; i++) {
    const place = prefix * 256 + pixels[i]!;
    if (codes[place] !== 0) {
      prefix = codes[place]!;
      continue;
    }
    bits.write(prefix, width);
    prefix = pixels[i]!;
    // The reader learns a code one step after us: codes widen when the reader, too, has the last one of their width.
    if (next === 1 << width && width < 12) width++;
    if (next < mostCodes) codes[place] = next++;
    else {
      bits.write(clearCode, width);
      codes.fill(0);
      [next, width] = [endCode + 1, 9];
    }
  }
  bits.write(prefix, width);
  if (next === 1 << width && width < 12) width++;
  bits.write(endCode, width);
  return toBlocks(bits.finish());
}

/** The lowest bit first. */
class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #bits = 0;
  #count = 0;

  /** @param pixels - no code is written for less than one pixel, and there are few more */
  constructor(pixels: number) {
    this.#bytes = new Uint8Array(2 * pixels + 64);
  }

  write(code: number, width: number): void {
    this.#bits |= code << this.#count;
    this.#count += width;
    for (; this.#count >= 8; this.#count -= 8, this.#bits >>>= 8) this.#bytes[this.#length++] = this.#bits & 255;
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#bytes[this.#length++] = this.#bits & 255;
    return this.#bytes.subarray(0, this.#length);
  }
}

function toBlocks(data: Uint8Array): Uint8Array {
  const blocks = Math.ceil(data.length / 255);
  const bytes = new Uint8Array(1 + data.length + blocks + 1);
  bytes[0] = 8;
  for (let i = 0; i < blocks; i++) {
    const block = data.subarray(255 * i, 255 * (i + 1));
    bytes[1 + 256 * i] = block.length;
    bytes.set(block, 2 + 256 * i);
  }
  return bytes;
}
