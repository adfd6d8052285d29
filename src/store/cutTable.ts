/** Reads what is committed of a table back from its chunks, checks it, and cuts it to fewer rows. */
import { maximumBatchSize } from '../shared/config.js';
import { StoreError } from '../shared/errors.js';
import type { Sample } from '../shared/records.js';
import type { Problem } from './checkpoints.js';
import { decodeChunk, filledBytes, sha256, storedBytes } from './chunks.js';
import type { Place } from './commit.js';
import { readFileIfThere } from './files.js';
import { arrayKey, type ColumnSpec, fileOf, gridPixels, samplesTable, type TableSpec } from './layout.js';
import type { RunMetadata } from './runMetadata.js';
import { chunkKey, encodeFilled, rowBytes, type TableState, tableMetadata, tailHashKey, withTails } from './tables.js';
import { type JsonObject, parseArrayMetadata } from './zarrMetadata.js';

export interface CutTable {
  state: TableState;
  /** With the new length; whatever was wrong in the old is gone. */
  metadata: Map<string, JsonObject>;
  /** The table's part of the root attribute `chunks`. */
  hashes: Record<string, string>;
  /** Last chunks to write anew, because dropped rows, or damage, are in them. */
  rewrites: [path: string, bytes: Uint8Array][];
  /** Whether the rows of the last chunks are what was committed. */
  sound: boolean;
}

/** The grid's size is that of its `.zarray`. */
export function samplesTableOf({ metadata }: RunMetadata, run: string): TableSpec<Sample> {
  const key = `samples/grid/${arrayKey}`;
  const json = metadata.get(key);
  if (!json) throw new StoreError(`${fileOf(run, key)} is missing from the metadata of the run`, fileOf(run, key));
  const { shape } = parseArrayMetadata(json, fileOf(run, key));
  const most = gridPixels(maximumBatchSize);
  const [, height = 0, width = 0] = shape;
  if (shape.length !== 3 || height === 0 || height > most.height || width === 0 || width > most.width)
    throw new StoreError(
      `${fileOf(run, key)} is damaged: its shape [${shape}] is not [step, y, x] of a grid`,
      fileOf(run, key),
    );
  return samplesTable({ height, width });
}

/** The steps of committed samples. If they cannot be read, no sample can be told to be older than the checkpoint. */
export async function readSampleSteps(
  place: Place,
  found: RunMetadata,
  table: TableSpec<Sample>,
  problems: Problem[],
): Promise<number[]> {
  const column = table.columns[0]!;
  const steps: number[] = [];
  const rows = found.attributes.rows.samples;
  for (let chunk = 0; chunk * column.chunkRows < rows; chunk++) {
    const content = await readRows(place, found, table, column, chunk, rows);
    if (content.problem) {
      problems.push(content.problem);
      return steps;
    }
    steps.push(...new Int32Array(Uint8Array.from(content.bytes).buffer));
  }
  return steps;
}

/** The committed rows of one chunk, checked; unknown values where it is damaged. */
async function readRows<R>(
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
  const shape = [column.chunkRows, ...column.itemShape];
  const array = { shape, chunks: shape, dtype: column.dtype, compressed: column.compressed, fill: null };
  try {
    const stored = await readFileIfThere(fs, path, storedBytes(array));
    if (!stored) throw new StoreError(`${path} is missing`, path);
    const bytes = decodeChunk(stored, array, path).subarray(0, size);
    const whole = rows === column.chunkRows;
    const expected = attributes.chunks[whole ? key : tailHashKey(table, column)];
    if (expected !== undefined && sha256(whole ? stored : bytes) !== expected)
      throw new StoreError(`${path} is damaged: it does not match its SHA-256`, path);
    return { bytes, stored };
  } catch (error) {
    const problem = { path, message: (error as Error).message, harmless: false };
    return { bytes: filledBytes(size, column.dtype), problem };
  }
}

/** Cuts a table to its first `rows` rows, in memory. Damaged rows of the last chunk become unknown: NaN. */
export async function cutTable<R>(
  place: Place,
  found: RunMetadata,
  table: TableSpec<R>,
  rows: number,
  problems: Problem[],
): Promise<CutTable> {
  const cut = { metadata: tableMetadata(table, rows), rewrites: [] as CutTable['rewrites'], sound: true };
  const hashes = new Map<string, string>();
  const tails: Uint8Array[] = [];
  const committedRows = found.attributes.rows[table.group];
  for (const column of table.columns) {
    const full = Math.floor(rows / column.chunkRows);
    for (let chunk = 0; chunk < full; chunk++) {
      const key = chunkKey(table, column, chunk);
      const hash = found.attributes.chunks[key];
      if (hash !== undefined) hashes.set(key, hash);
      const { problem } = await readRows(place, found, table, column, chunk, committedRows);
      if (problem) problems.push(problem);
    }
    tails.push(await cutTail(full));

    async function cutTail(chunk: number): Promise<Uint8Array> {
      const first = chunk * column.chunkRows;
      if (rows === first) return new Uint8Array();
      const { bytes, stored, problem } = await readRows(place, found, table, column, chunk, committedRows);
      const tail = bytes.slice(0, (rows - first) * rowBytes(column));
      if (problem) {
        problems.push(problem);
        cut.sound = false;
        if (table.group === 'metrics' && column.name === 'step') countUp(tail, first);
      }
      const clean = encodeFilled(column, tail);
      if (!stored || Buffer.compare(clean, stored) !== 0)
        cut.rewrites.push([fileOf(place.run, chunkKey(table, column, chunk)), clean]);
      return tail;
    }
  }
  const state = { rows, tails };
  return { ...cut, state, hashes: Object.fromEntries(withTails(table, state, hashes)) };
}

/** The step column of metrics is known without reading it. */
function countUp(bytes: Uint8Array, from: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row * 4 < bytes.length; row++) view.setInt32(row * 4, from + row, true);
}
