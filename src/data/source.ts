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
  /** The folder or the file that was named to read it from, if one was. */
  readonly dir?: string;
  /** What a person should know of the files, such as bytes that were ignored. */
  readonly notes?: readonly string[];
}

/** What is asked for; all keys but the first may be left out. */
export type DataChoice = Pick<Config['data'], 'source'> & Partial<Config['data']>;

/**
 * Reads all images of a source, and says in its own words what is wrong with a file and what to do
 * about it.
 * @throws DataError, ConfigError
 */
export type ReadSource = (data: DataChoice) => Promise<Content>;
