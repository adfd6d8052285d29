/** Lists the arrays of a run. */
import { entryIfThere, listIfThere } from '../disk/files.js';
import { type Dtype, fileOf } from '../layout.js';
import { arrayPaths } from '../zarr/zarrMetadata.js';
import { findArray, type Source } from '../zarr/zarrReader.js';

/** An array, for listings. */
export interface ArrayInfo {
  path: string;
  shape: readonly number[];
  dtype: Dtype;
  /** Of its chunks, on disk. */
  bytes: number;
}

export const listArrays = (source: Source): Promise<ArrayInfo[]> =>
  Promise.all(arrayPaths(source.metadata).map(path => describeArray(source, path)));

async function describeArray(source: Source, path: string): Promise<ArrayInfo> {
  const { fs, run } = source;
  const { shape, dtype } = findArray(source, path);
  let bytes = 0;
  for (const name of await listIfThere(fs, fileOf(run, path)))
    if (!name.startsWith('.')) bytes += (await entryIfThere(fs, fileOf(run, `${path}/${name}`)))?.bytes ?? 0;
  return { path, shape, dtype, bytes };
}
