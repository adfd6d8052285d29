/**
 * The four files of MNIST (LeCun, Cortes, Burges), and where they are kept. The checksums are of the unpacked content:
 * mirrors differ in the gzip wrapper.
 */
import path from 'node:path';
import { DataError } from '../shared/errors.js';
import { homeFolder } from '../shared/homeFolder.js';

export interface DataFile {
  /** Without `.gz`. */
  name: string;
  /** Bytes of the unpacked content. */
  bytes: number;
  /** Of the unpacked content. */
  sha256: string;
}

const imageBytes = (count: number) => 16 + count * 784;
const labelBytes = (count: number) => 8 + count;

export const trainImages: DataFile = {
  name: 'train-images-idx3-ubyte',
  bytes: imageBytes(60_000),
  sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
};

export const mnistFiles: readonly DataFile[] = [
  trainImages,
  {
    name: 'train-labels-idx1-ubyte',
    bytes: labelBytes(60_000),
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  {
    name: 't10k-images-idx3-ubyte',
    bytes: imageBytes(10_000),
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  {
    name: 't10k-labels-idx1-ubyte',
    bytes: labelBytes(10_000),
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
];

/**
 * Where `gan-dist data fetch` puts MNIST and `train` looks for it. A relative XDG_CACHE_HOME is to be ignored.
 * @throws DataError when this user has no home folder
 */
export function mnistCache(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const cache = env.XDG_CACHE_HOME;
  if (cache && path.isAbsolute(cache)) return path.join(cache, 'gan-dist', 'mnist');
  const home = homeFolder();
  if (home) return path.join(home, '.cache', 'gan-dist', 'mnist');
  throw new DataError(
    'this user has no home folder, where MNIST would be kept: set XDG_CACHE_HOME to a folder that it may write, or name the images (data.dir; data fetch --dir)',
  );
}
