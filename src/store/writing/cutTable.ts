/** Cuts a table to fewer rows, and says what of them is lost. */
import type { Place } from '../disk/place.js';
import { fileOf, type TableSpec } from '../layout.js';
import { describeLost, describeUnreadable, type Lost } from '../reading/lost.js';
import { type Problem, withLost } from '../reading/problem.js';
import { readRows } from '../reading/readTable.js';
import type { RunMetadata } from '../reading/runAttributes.js';
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

/** The step column of metrics is known without reading it. */
function countUp(bytes: Uint8Array, from: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row * 4 < bytes.length; row++) view.setInt32(row * 4, from + row, true);
}
