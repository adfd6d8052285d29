/** Tables (metrics, samples) that grow: what the store holds of them, and the files that add rows. */
import { StoreError } from '../../shared/errors.js';
import {
  arrayKey,
  attributesKey,
  type ColumnSpec,
  dimensionsAttribute,
  groupKey,
  itemBytes,
  type TableSpec,
} from '../layout.js';
import { encodeChunk, encodeNumber, filledBytes, sha256 } from './chunks.js';
import { columnMetadata, groupMetadata, type JsonObject } from './zarrMetadata.js';

/** A committed table: its length, and of every column the rows in the incomplete last chunk. */
export interface TableState {
  readonly rows: number;
  readonly tails: readonly Uint8Array[];
}

/** The bytes of one row, column by column. */
export type Row = readonly Uint8Array[];

/** What a commit writes for a table. Hashes are those of the root attribute `chunks`. */
export interface TableChange {
  readonly group: string;
  readonly state: TableState;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  readonly hashes: ReadonlyMap<string, string>;
  readonly metadata: ReadonlyMap<string, JsonObject>;
}

export const emptyTable = <R>(table: TableSpec<R>): TableState => ({
  rows: 0,
  tails: table.columns.map(() => new Uint8Array()),
});

export const columnPath = <R>(table: TableSpec<R>, column: ColumnSpec<R>): string => `${table.group}/${column.name}`;
export const rowBytes = <R>({ itemShape, dtype }: ColumnSpec<R>): number =>
  itemShape.reduce((product, n) => product * n, itemBytes[dtype]);
export const chunkKey = <R>(table: TableSpec<R>, column: ColumnSpec<R>, chunk: number): string =>
  `${columnPath(table, column)}/${[chunk, ...column.itemShape.map(() => 0)].join('.')}`;
/** Key of the hash of the rows in an incomplete last chunk. */
export const tailHashKey = <R>(table: TableSpec<R>, column: ColumnSpec<R>): string =>
  `${columnPath(table, column)}/tail`;

/** Encodes a row. @throws StoreError when a picture has not the column's size */
export function encodeRow<R>(table: TableSpec<R>, row: R): Row {
  return table.columns.map(column => {
    const value = column.value(row);
    const bytes = typeof value === 'number' || typeof value === 'bigint' ? encodeNumber(value, column.dtype) : value;
    if (bytes?.length === rowBytes(column)) return Uint8Array.from(bytes);
    const path = columnPath(table, column);
    throw new StoreError(
      `${path} takes [${column.itemShape}] of ${column.dtype}, got ${bytes?.length ?? 'no'} bytes`,
      path,
    );
  });
}

/** The files that append rows: chunks that get new rows, whole, and the metadata with the new length. */
export function appendRows<R>(table: TableSpec<R>, state: TableState, rows: readonly Row[]): TableChange {
  const chunks = new Map<string, Uint8Array>();
  const hashes = new Map<string, string>();
  const tails = table.columns.map((column, index) => {
    const bytes = Buffer.concat([state.tails[index]!, ...rows.map(row => row[index]!)]);
    const first = Math.floor(state.rows / column.chunkRows);
    const size = column.chunkRows * rowBytes(column);
    for (let start = 0; start < bytes.length; start += size) {
      const stored = encodeFilled(column, bytes.subarray(start, start + size));
      const key = chunkKey(table, column, first + start / size);
      chunks.set(key, stored);
      if (start + size <= bytes.length) hashes.set(key, sha256(stored));
    }
    return bytes.subarray(Math.floor(bytes.length / size) * size);
  });
  const next = { rows: state.rows + rows.length, tails };
  return {
    group: table.group,
    state: next,
    chunks,
    hashes: withTails(table, next, hashes),
    metadata: tableMetadata(table, next.rows),
  };
}

/** A last chunk as the disk holds it: its rows, then the fill value. */
export function encodeFilled<R>(column: ColumnSpec<R>, rows: Uint8Array): Uint8Array {
  const chunk = filledBytes(column.chunkRows * rowBytes(column), column.dtype);
  chunk.set(rows);
  return encodeChunk(chunk, column.compressed);
}

/** Adds the hashes of the rows in incomplete chunks. */
export function withTails<R>(table: TableSpec<R>, state: TableState, hashes: Map<string, string>): Map<string, string> {
  for (const [index, column] of table.columns.entries()) {
    const tail = state.tails[index]!;
    if (tail.length > 0) hashes.set(tailHashKey(table, column), sha256(tail));
  }
  return hashes;
}

/** `.zgroup`, `.zarray` and `.zattrs` of a table of `rows` rows. */
export function tableMetadata<R>(table: TableSpec<R>, rows: number): Map<string, JsonObject> {
  const metadata = new Map<string, JsonObject>([[`${table.group}/${groupKey}`, groupMetadata]]);
  for (const column of table.columns) {
    const path = columnPath(table, column);
    metadata.set(`${path}/${arrayKey}`, columnMetadata(column, rows));
    metadata.set(`${path}/${attributesKey}`, { [dimensionsAttribute]: column.dimensions, ...column.attributes });
  }
  return metadata;
}
