/** The JSON of Zarr v2: made for what we write, checked for what we read. */
import { StoreError } from '../../shared/errors.js';
import { arrayKey, attributesKey, type ColumnSpec, type Dtype, dimensionsAttribute, itemBytes } from '../layout.js';

export type JsonObject = Record<string, unknown>;

/** Metadata of a store or a part of it: key (`metrics/step/.zarray`) to its JSON. */
export type Metadata = ReadonlyMap<string, JsonObject>;

export interface ArrayMetadata {
  shape: readonly number[];
  chunks: readonly number[];
  dtype: Dtype;
  compressed: boolean;
  fill: number | null;
}

export const groupMetadata: JsonObject = { zarr_format: 2 };

/** Fill value: NaN where there is one, else none, as xarray would mask zeros. */
export const fillOf = (dtype: Dtype): 'NaN' | null => (dtype === '<f2' || dtype === '<f4' ? 'NaN' : null);

function arrayMetadata(
  shape: readonly number[],
  chunks: readonly number[],
  dtype: Dtype,
  compressed: boolean,
): JsonObject {
  return {
    zarr_format: 2,
    shape,
    chunks,
    dtype,
    compressor: compressed ? { id: 'zlib', level: 1 } : null,
    fill_value: fillOf(dtype),
    order: 'C',
    filters: null,
    dimension_separator: '.',
  };
}

/** `.zarray` of a column with `rows` rows. */
export function columnMetadata<Row>(column: ColumnSpec<Row>, rows: number): JsonObject {
  const { itemShape, chunkRows, dtype, compressed } = column;
  return arrayMetadata([rows, ...itemShape], [chunkRows, ...itemShape], dtype, compressed);
}

/** `.zarray` and `.zattrs` of a tensor of a checkpoint, in one chunk. */
export function tensorMetadata(
  name: string,
  shape: readonly number[],
  dimensions: readonly string[],
  dtype: Dtype,
): Map<string, JsonObject> {
  return new Map([
    [`${name}/${arrayKey}`, arrayMetadata(shape, shape, dtype, false)],
    [`${name}/${attributesKey}`, { [dimensionsAttribute]: dimensions }],
  ]);
}

export const encodeJson = (json: unknown): Uint8Array => Buffer.from(`${JSON.stringify(json, null, 2)}\n`);

/** Deeper than anything in a store. JSON.parse has no such limit, and JSON.stringify ends the stack. */
const maximumDepth = 64;

/** @throws StoreError naming `path` unless the bytes are a JSON object, not nested too deeply */
export function parseJsonObject(bytes: Uint8Array, path: string): JsonObject {
  if (depthOf(bytes) > maximumDepth)
    throw new StoreError(`${path} is damaged: it is nested more than ${maximumDepth} levels deep`, path);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new StoreError(`${path} is damaged: it is not JSON`, path, { cause: error });
  }
  if (isObject(json)) return json;
  throw new StoreError(`${path} is damaged: it holds no JSON object`, path);
}

const [quote, backslash, bracket, endOfBracket, brace, endOfBrace] = Buffer.from('"\\[]{}');

/** The most brackets and braces, outside of texts, that are open at once. */
function depthOf(bytes: Uint8Array): number {
  let [depth, most, inText] = [0, 0, false];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) inText = !inText;
    else if (inText) at += byte === backslash ? 1 : 0;
    else if (byte === bracket || byte === brace) most = Math.max(most, ++depth);
    else if (byte === endOfBracket || byte === endOfBrace) depth--;
  }
  return most;
}

export const isObject = (json: unknown): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Larger arrays, or chunks, are no work of gan-dist. */
const maximumBytes = 4 * 2 ** 30;

/**
 * Reads a `.zarray`, believing nothing: a shape says how much memory is asked for.
 * @throws StoreError naming `path`, the store's key or file
 */
export function parseArrayMetadata(json: JsonObject, path: string): ArrayMetadata {
  const expect = (ok: boolean, what: string): void => {
    if (!ok) throw new StoreError(`${path} is damaged or not of this format: ${what}`, path);
  };
  const { shape, chunks, dtype, compressor, fill_value: fill } = json;
  expect(json.zarr_format === 2, 'zarr_format must be 2');
  expect(isSizes(shape, 0) && shape.length > 0 && shape.length <= 8, 'shape must be a list of sizes');
  expect(isSizes(chunks, 1) && chunks.length === (shape as number[]).length, 'chunks must be sizes of at least 1');
  expect(
    typeof dtype === 'string' && Object.hasOwn(itemBytes, dtype),
    `dtype must be one of ${Object.keys(itemBytes).join(', ')}`,
  );
  expect(compressor === null || (isObject(compressor) && compressor.id === 'zlib'), 'compressor must be zlib or null');
  expect(json.order === 'C' && (json.filters ?? null) === null, 'order must be C, without filters');
  expect((json.dimension_separator ?? '.') === '.', 'dimension_separator must be "."');
  expect(fill === null || fill === 'NaN' || typeof fill === 'number', 'fill_value must be null, NaN or a number');
  const array: ArrayMetadata = {
    shape: shape as number[],
    chunks: chunks as number[],
    dtype: dtype as Dtype,
    compressed: compressor !== null,
    fill: fill === 'NaN' ? Number.NaN : (fill as number | null),
  };
  const bytes = Math.max(arrayBytes(array), chunkBytes(array));
  if (bytes <= maximumBytes) return array;
  throw new StoreError(`${path} asks for an array of ${bytes} bytes, more than gan-dist reads`, path);
}

const isSizes = (value: unknown, least: number): value is number[] =>
  Array.isArray(value) && value.every(n => Number.isSafeInteger(n) && n >= least && n <= 2 ** 40);

/** Names of all chunks of an array: `0.0`, `0.1`, … Lazy, as there may be many. */
export function* chunkNames({ shape, chunks }: ArrayMetadata): Generator<string> {
  const counts = shape.map((size, axis) => Math.ceil(size / chunks[axis]!));
  const total = counts.reduce((product, n) => product * n, 1);
  for (let index = 0; index < total; index++) {
    const place: number[] = [];
    for (let axis = counts.length - 1, rest = index; axis >= 0; axis--) {
      place.unshift(rest % counts[axis]!);
      rest = Math.floor(rest / counts[axis]!);
    }
    yield place.join('.');
  }
}

/** Bytes of a decoded array. */
export const arrayBytes = ({ shape, dtype }: ArrayMetadata): number =>
  shape.reduce((product, n) => product * n, itemBytes[dtype]);

/** Bytes of one decoded chunk. */
export const chunkBytes = ({ chunks, dtype }: ArrayMetadata): number =>
  chunks.reduce((product, n) => product * n, itemBytes[dtype]);

/** Paths of all arrays in the metadata, in its order. */
export function arrayPaths(metadata: Metadata): string[] {
  return [...metadata.keys()]
    .filter(key => key.endsWith(`/${arrayKey}`))
    .map(key => key.slice(0, -arrayKey.length - 1));
}
