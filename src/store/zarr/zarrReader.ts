/**
 * Reads arrays with the npm package `zarr`, through a store of ours: metadata come from the
 * consolidated metadata, chunks from files that must be there and have exactly their size. (Zarr
 * says a missing chunk reads as the fill value; here every chunk was written, so a missing one is
 * damage.) zarr is loaded at the first read.
 */
import { sep } from 'node:path';
import type { openArray } from 'zarr';
import { StoreError } from '../../shared/errors.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, readFileIfThere } from '../disk/files.js';
import { arrayKey, type Dtype, fileOf } from '../layout.js';
import { checkHash, decodeChunk, storedBytes, type TypedArray, typedArray, wrongHash } from './chunks.js';
import { type ArrayMetadata, arrayBytes, chunkNames, type Metadata, parseArrayMetadata } from './zarrMetadata.js';

export interface ArrayData {
  shape: readonly number[];
  dtype: Dtype;
  /** Row-major. */
  data: TypedArray;
}

/** What reading needs of a run. */
export interface Source {
  fs: FileSystem;
  run: string;
  metadata: Metadata;
  /** SHA-256 of chunks of metrics and samples, the root attribute `chunks`. */
  hashes: Record<string, string>;
}

type ZarrStore = Exclude<NonNullable<Parameters<typeof openArray>[0]>['store'], string | undefined>;

/**
 * A whole array.
 * @param path - inside the store, as `metrics/d_loss`
 * @throws StoreError when it is not there, or a chunk of it is missing or damaged, naming the file
 */
export async function readArray(source: Source, path: string): Promise<ArrayData> {
  const array = findArray(source, path);
  await assertChunks(source, path, array);
  // zarr 0.6.3 knows no integers of 64 bits, and no floats of 16.
  if (array.dtype === '<u8' || array.dtype === '<f2')
    return { shape: array.shape, dtype: array.dtype, data: await readChunks(source, path, array) };
  const { openArray } = await import('zarr');
  const opened = await openArray({ store: await zarrStore(source, path, array), path, mode: 'r' });
  const raw = await opened.getRaw(null);
  if (typeof raw === 'number') throw new StoreError(`${path} has no dimensions`, path);
  return { shape: array.shape, dtype: array.dtype, data: raw.data as ArrayData['data'] };
}

/** All of an array that has one dimension, or one chunk. */
async function readChunks(source: Source, path: string, array: ArrayMetadata): Promise<TypedArray> {
  if (array.shape.length !== 1 && String(array.chunks) !== String(array.shape))
    throw new StoreError(`${path} must have one dimension, or one chunk, for ${array.dtype}`, path);
  const chunks: Uint8Array[] = [];
  for (const name of chunkNames(array)) chunks.push(await readChunk(source, path, array, name));
  return typedArray(Buffer.concat(chunks).subarray(0, arrayBytes(array)), array.dtype);
}

/** One row of an array whose chunks are rows, without reading the others. */
export async function readRow(source: Source, path: string, row: number): Promise<ArrayData> {
  const array = findArray(source, path);
  if (String(array.chunks) !== String([1, ...array.shape.slice(1)]))
    throw new StoreError(`${path} has chunks of [${array.chunks}], and not one for each row of [${array.shape}]`, path);
  if (!(row >= 0 && row < array.shape[0]!))
    throw new StoreError(`${path} has no row ${row}; it has ${array.shape[0]} rows`, path);
  const chunk = await readChunk(source, path, array, [row, ...array.shape.slice(1).map(() => 0)].join('.'));
  return { shape: array.shape.slice(1), dtype: array.dtype, data: typedArray(chunk, array.dtype) };
}

/** The metadata of an array. @throws StoreError when there is none */
export function findArray({ metadata, run }: Source, path: string): ArrayMetadata {
  const key = `${path}/${arrayKey}`;
  const json = metadata.get(key);
  if (!json) throw new StoreError(`there is no array ${path} in ${run}`, path);
  return parseArrayMetadata(json, fileOf(run, key));
}

/** Before memory is allocated for what the metadata claim, all its chunks must be there. */
async function assertChunks({ fs, run }: Source, path: string, array: ArrayMetadata): Promise<void> {
  for (const name of chunkNames(array)) {
    const file = fileOf(run, `${path}/${name}`);
    if (!(await entryIfThere(fs, file))) throw new StoreError(`${file} is missing`, file);
  }
}

/** A chunk, decoded. Those of checkpoints are compared with their manifest elsewhere. */
async function readChunk(
  { fs, run, hashes }: Source,
  path: string,
  array: ArrayMetadata,
  name: string,
): Promise<Uint8Array> {
  const file = fileOf(run, `${path}/${name}`);
  const stored = await readFileIfThere(fs, file, storedBytes(array));
  if (!stored) throw new StoreError(`${file} is missing`, file);
  if (!(await fs.realpath(file)).startsWith(run + sep)) throw new StoreError(`${file} leads out of the store`, file);
  const bytes = decodeChunk(stored, array, file);
  if (checkHash(stored, bytes, array, hashes, path, name) === 'wrong')
    throw new StoreError(`${file} ${wrongHash}`, file);
  return bytes;
}

/**
 * What zarr asks for: `.zarray` and chunks of one array. It gets the chunks decoded, so it is told
 * they are not encoded.
 */
async function zarrStore(source: Source, path: string, array: ArrayMetadata): Promise<ZarrStore> {
  const { KeyError } = await import('zarr');
  const metadataKey = `${path}/${arrayKey}`;
  const readOnly = async (): Promise<never> => {
    throw new StoreError(`${path} is open for reading only`, path);
  };
  return {
    containsItem: async (key: string) => key === metadataKey,
    async getItem(key: string) {
      if (key === metadataKey) return JSON.stringify({ ...source.metadata.get(key), compressor: null });
      // zarr takes a KeyError for "not there"; a chunk that is not there must stay an error.
      if (!key.startsWith(`${path}/`) || key.endsWith(`/.zgroup`)) throw new KeyError(key);
      return Buffer.from(await readChunk(source, path, array, key.slice(path.length + 1)));
    },
    keys: async () => [metadataKey],
    setItem: readOnly,
    deleteItem: readOnly,
  } as ZarrStore;
}
