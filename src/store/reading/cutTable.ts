/** Reads what is committed of a table back from its chunks, checks it, and cuts it to fewer rows. */
import { StoreError } from '../../shared/errors.js';
import { readFileIfThere } from '../disk/files.js';
import { arrayKey, type ColumnSpec, fileOf, samplesTable, type TableSpec } from '../layout.js';
import type { Sample } from '../records.js';
import type { Problem } from '../writing/checkpoints.js';
import type { Place } from '../writing/commit.js';
import { checkHash, decodeChunk, filledBytes, storedBytes, wrongHash } from '../zarr/chunks.js';
import {
  chunkKey,
  columnPath,
  encodeFilled,
  rowBytes,
  type TableState,
  tableMetadata,
  withTails,
} from '../zarr/tables.js';
import type { JsonObject } from '../zarr/zarrMetadata.js';
import { readImageShapes } from './imageShapes.js';
import { describeLost, describeUnreadable, type Lost } from './lost.js';
import type { RunMetadata } from './runMetadata.js';

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
  /** Rows that are unknown now. */
  lost: Lost[];
}

/** The sizes of the pictures are those of their `.zarray`. */
export function samplesTableOf(found: RunMetadata, run: string): TableSpec<Sample> {
  const { image, grid } = readImageShapes(found, run);
  return samplesTable(image, grid, found.metadata.has(`samples/histogram/${arrayKey}`));
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

/**
 * Cuts a table to its first `rows` rows, in memory. Damaged rows of the last chunk become unknown (NaN): more rows will
 * follow in it. A complete chunk that is damaged stays as it is.
 * @param stepOf - the step of a row
 */
export async function cutTable<R>(
  place: Place,
  found: RunMetadata,
  table: TableSpec<R>,
  rows: number,
  problems: Problem[],
  stepOf = (row: number) => row,
): Promise<CutTable> {
  const cut = {
    lost: [] as Lost[],
    metadata: tableMetadata(table, rows),
    rewrites: [] as CutTable['rewrites'],
    sound: true,
  };
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
      if (problem) {
        const lost = lostOf(chunk * column.chunkRows, (chunk + 1) * column.chunkRows);
        problems.push(withLost(problem, lost, describeUnreadable(lost)));
      }
    }
    tails.push(await cutTail(full));

    function lostOf(first: number, end: number): Lost {
      return { array: columnPath(table, column), from: stepOf(first), to: stepOf(end - 1) };
    }

    async function cutTail(chunk: number): Promise<Uint8Array> {
      const first = chunk * column.chunkRows;
      if (rows === first) return new Uint8Array();
      const { bytes, stored, problem } = await readRows(place, found, table, column, chunk, committedRows);
      const tail = bytes.slice(0, (rows - first) * rowBytes(column));
      if (problem) {
        cut.sound = false;
        if (table.group === 'metrics' && column.name === 'step') {
          countUp(tail, first);
          problems.push({ ...problem, message: `${problem.message}; its steps are known, and written anew` });
        } else {
          const lost = lostOf(first, rows);
          cut.lost.push(lost);
          problems.push(withLost(problem, lost, describeLost(lost)));
        }
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

const withLost = (problem: Problem, lost: Lost, what: string): Problem => ({
  ...problem,
  message: `${problem.message}; ${what}`,
  lost,
});

/** The step column of metrics is known without reading it. */
function countUp(bytes: Uint8Array, from: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row * 4 < bytes.length; row++) view.setInt32(row * 4, from + row, true);
}
