/** What a source of images is. */
import type { Config } from '../config/config.js';
import type { ImageShape } from '../pictures/picture.js';

export interface Content extends ImageShape {
  /** `[count, height, width, channels]`, from 0 to 255. */
  readonly pixels: Uint8Array;
  /** For people: `MNIST`, the first 10,000 of it, or the folder's name. */
  readonly name: string;
  /** Of the whole unpacked image file, or of all pixels of `mnist-10k`; `data.limit` does not change it. */
  readonly sha256: string;
  /** The folder it was read from, if it was. */
  readonly dir?: string;
}

/**
 * Reads all images of a source, and says in its own words what is wrong with a file and what to do
 * about it.
 * @throws DataError, ConfigError
 */
export type ReadSource = (data: Config['data']) => Promise<Content>;
