/** Reads the metrics that a view of the charts needs. */
import { chunkIdentity, ReadCache } from '../cache.js';
import { messageOf } from '../element.js';
import type { OpenRun, TypedArray } from '../panel.js';
import { chooseChunks, type Window } from './chooseChunks.js';

export type Column = 'd_loss' | 'g_loss' | 'd_real' | 'd_fake';
export const columns: readonly Column[] = ['d_loss', 'g_loss', 'd_real', 'd_fake'];

/** What is read of a view: one x axis, and for each run its columns; NaN where a run has no number. */
export interface Curves {
  readonly steps: Float64Array;
  readonly runs: readonly Readonly<Record<Column, Float64Array>>[];
  /** Chunks read, and chunks that there are in the view. */
  readonly chunks: { readonly read: number; readonly all: number };
  /** Why something of it could not be read. */
  readonly problem?: string;
}

const cache = new ReadCache<TypedArray>(8192);
/** In one view: 65,536 steps, more than a chart has pixels. */
const mostChunks = 64;

/** A chunk that cannot be read leaves a gap, and is told of. */
export async function readCurves(runs: readonly OpenRun[], window: Window): Promise<Curves> {
  const rows = Math.max(...runs.map(stepsOf));
  const size = chunkRows(runs[0]!);
  const chosen = chooseChunks(window, rows, size, mostChunks);
  const all = chooseChunks(window, rows, size, Number.POSITIVE_INFINITY).length;
  const steps = Float64Array.from(chosen.flatMap(chunk => stepsOfChunk(chunk, size, rows)));
  const problems: string[] = [];
  const read = async (run: OpenRun, column: Column) => {
    const values = new Float64Array(steps.length).fill(Number.NaN);
    const place = async (chunk: number, index: number) =>
      values.set(Float64Array.from(await readChunk(run, column, chunk, size), Number), index * size);
    // All chunks but the last one of the run have `size` steps.
    await Promise.all(
      chosen.map((chunk, index) => place(chunk, index).catch(error => problems.push(messageOf(error)))),
    );
    return [column, values] as const;
  };
  const readRun = async (run: OpenRun) =>
    Object.fromEntries(await Promise.all(columns.map(column => read(run, column)))) as Record<Column, Float64Array>;
  const curves = await Promise.all(runs.map(readRun));
  return { steps, runs: curves, chunks: { read: chosen.length, all }, problem: problems[0] };
}

const stepsOfChunk = (chunk: number, size: number, rows: number): number[] =>
  Array.from({ length: Math.min(size, rows - chunk * size) }, (_, row) => chunk * size + row);

/** Committed steps. */
export const stepsOf = (run: OpenRun): number => run.attributes.rows.metrics;

export const chunkRows = (run: OpenRun): number => run.metadata['metrics/step/.zarray']?.chunks?.[0] ?? 1024;

/** The committed elements of a chunk; none of one that is not there. */
export async function readChunk(run: OpenRun, column: string, chunk: number, size: number): Promise<TypedArray> {
  const to = Math.min((chunk + 1) * size, stepsOf(run));
  if (to <= chunk * size) return new Float32Array();
  const path = `metrics/${column}`;
  return cache.get(`${chunkIdentity(run, path, String(chunk))}:${to}`, async () => {
    const { data } = await run.readArray(path, { from: chunk * size, to });
    return data;
  });
}
