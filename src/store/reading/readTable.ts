/** Reads what is committed of a table back from its chunks, and checks it. */
import { StoreError } from '../../shared/errors.js';
import { readFileIfThere } from '../disk/files.js';
import type { Place } from '../disk/place.js';
import { arrayKey, type ColumnSpec, fileOf, histogramName, samplesTable, type TableSpec } from '../layout.js';
import type { Sample } from '../records.js';
import { checkHash, decodeChunk, filledBytes, storedBytes, wrongHash } from '../zarr/chunks.js';
import { chunkKey, columnPath, rowBytes } from '../zarr/tables.js';
import { readImageShapes } from './imageShapes.js';
import { describeLost } from './lost.js';
import { planOfRun } from './planOfRun.js';
import { type Problem, withLost } from './problem.js';
import type { RunMetadata } from './runAttributes.js';

/** The sizes of the pictures are those of their `.zarray`. */
export function samplesTableOf(found: RunMetadata, run: string): TableSpec<Sample> {
  const { image, grid } = readImageShapes(found, run);
  const isCounted = found.metadata.has(`samples/${histogramName}/${arrayKey}`);
  const tensors = isCounted ? planOfRun(found.attributes, run).tensors.map(({ name }) => name) : undefined;
  return samplesTable(image, grid, tensors);
}

/**
 * The steps of committed samples. If they cannot be read, no sample can be told to be older than the checkpoint.
 * @param step - of the checkpoint: later samples are taken again
 */
export async function readSampleSteps(
  place: Place,
  found: RunMetadata,
  table: TableSpec<Sample>,
  step: number,
  problems: Problem[],
): Promise<number[]> {
  const column = table.columns[0]!;
  const steps: number[] = [];
  const rows = found.attributes.rows.samples;
  for (let chunk = 0; chunk * column.chunkRows < rows; chunk++) {
    const content = await readRows(place, found, table, column, chunk, rows);
    if (content.problem) {
      const lost = { array: 'samples', from: (steps.at(-1) ?? -1) + 1, to: step - 1 };
      problems.push(lost.from > lost.to ? content.problem : withLost(content.problem, lost, describeLost(lost)));
      return steps;
    }
    steps.push(...new Int32Array(Uint8Array.from(content.bytes).buffer));
  }
  return steps;
}

/** The committed rows of one chunk, checked; unknown values where it is damaged. */
export async function readRows<R>(
  { fs, run }: Place,
  { attributes }: RunMetadata,
  table: TableSpec<R>,
  column: ColumnSpec<R>,
  chunk: number,
  committedRows: number,
): Promise<{ bytes: Uint8Array; stored?: Uint8Array; problem?: Problem }> {
  const key = chunkKey(table, column, chunk);
  const path = fileOf(run, key);
  const rows = Math.min(column.chunkRows, committedRows - chunk * column.chunkRows);
  const size = rows * rowBytes(column);
  const chunks = [column.chunkRows, ...column.itemShape];
  const shape = [committedRows, ...column.itemShape];
  const array = { shape, chunks, dtype: column.dtype, compressed: column.compressed, fill: null };
  try {
    const stored = await readFileIfThere(fs, path, storedBytes(array));
    if (!stored) throw new StoreError(`${path} is missing`, path);
    const decoded = decodeChunk(stored, array, path);
    const name = key.slice(columnPath(table, column).length + 1);
    if (checkHash(stored, decoded, array, attributes.chunks, columnPath(table, column), name) === 'wrong')
      throw new StoreError(`${path} ${wrongHash}`, path);
    const bytes = decoded.subarray(0, size);
    return { bytes, stored };
  } catch (error) {
    const problem = { path, message: (error as Error).message, harmless: false };
    return { bytes: filledBytes(size, column.dtype), problem };
  }
}
