/** Reads metrics and samples of an opened run. */
import { StoreError } from '../../shared/errors.js';
import { arrayKey, type ColumnSpec, fileOf, metricsTable, type TableSpec } from '../layout.js';
import type { Sample } from '../records.js';
import type { TypedArray } from '../zarr/chunks.js';
import { columnPath } from '../zarr/tables.js';
import { findArray, readArray, readRow } from '../zarr/zarrReader.js';
import { readImageShapes } from './imageShapes.js';
import { type Opened, unlessChanged } from './opened.js';
import { samplesTableOf } from './readTable.js';

/** All metrics, one element a step; the names of StepMetrics. */
export interface Metrics {
  step: Int32Array;
  dLoss: Float32Array;
  gLoss: Float32Array;
  dReal: Float32Array;
  dFake: Float32Array;
  fakeSpread: Float32Array;
  saturation: Uint8Array;
  fingerprint: BigUint64Array;
  stepMs: Float32Array;
}

export async function readMetrics(opened: Opened): Promise<Metrics> {
  // One after the other: of several damaged columns it is always the first that is named.
  const columns: TypedArray[] = [];
  for (const column of metricsTable.columns) columns.push(await readColumn(opened, metricsTable, column));
  const named = metricsTable.columns.map(({ name }, place) => [camelCase(name), columns[place]]);
  return Object.fromEntries(named) as unknown as Metrics;
}

/** The step of each sample. */
export async function readStepsOfSamples(opened: Opened): Promise<Int32Array> {
  const table = samplesTableOf(opened, opened.run);
  return (await readColumn(opened, table, table.columns[0]!)) as Int32Array;
}

/** @param index - of the sample, from 0 */
export const readSample = (opened: Opened, index: number): Promise<Sample> =>
  unlessChanged(opened, `sample ${index}`, async () => {
    const step = (await readStepsOfSamples(opened))[index];
    if (step === undefined) throw new StoreError(`${opened.run} has no sample ${index}`, opened.run);
    const table = samplesTableOf(opened, opened.run);
    for (const column of table.columns) assertColumn(opened, table, column);
    const grid = await readRow(opened, 'samples/grid', index);
    const fixed = await readRow(opened, 'samples/fixed', index);
    const shapes = readImageShapes(opened, opened.run);
    const pictures = {
      grid: { ...shapes.grid, pixels: grid.data as Uint8Array },
      fixed: fixed.data as Uint8Array,
      imageShape: shapes.image,
    };
    if (!table.columns.some(({ name }) => name === 'histogram')) return { step, ...pictures };
    const counts = await readRow(opened, 'samples/histogram', index);
    const range = await readRow(opened, 'samples/histogram_range', index);
    const histograms = { counts: counts.data as Int32Array, range: range.data as Float32Array };
    return { step, ...pictures, histograms };
  });

async function readColumn<R>(opened: Opened, table: TableSpec<R>, column: ColumnSpec<R>): Promise<TypedArray> {
  assertColumn(opened, table, column);
  const path = columnPath(table, column);
  return (await unlessChanged(opened, path, () => readArray(opened, path))).data;
}

/**
 * @throws StoreError when a column is not what this format makes of it: its numbers would not be
 * what they are taken for
 */
function assertColumn<R>(opened: Opened, table: TableSpec<R>, column: ColumnSpec<R>): void {
  const path = columnPath(table, column);
  const { shape, dtype } = findArray(opened, path);
  const expected = [opened.attributes.rows[table.group], ...column.itemShape];
  if (dtype === column.dtype && String(shape) === String(expected)) return;
  const message = `is damaged: expected [${expected}] of ${column.dtype}, found [${shape}] of ${dtype}`;
  throw new StoreError(`${fileOf(opened.run, `${path}/${arrayKey}`)} ${message}`, path);
}

/** `d_loss` → `dLoss`. */
const camelCase = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
