/** Reads the metrics that a view of the charts needs. */
import { chunkIdentity, ReadCache } from '../cache.js';
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
}

const cache = new ReadCache<TypedArray>(8192);
/** In one view: 65,536 steps, more than a chart has pixels. */
const mostChunks = 64;

export async function readCurves(runs: readonly OpenRun[], window: Window): Promise<Curves> {
  const rows = Math.max(...runs.map(stepsOf));
  const size = chunkRows(runs[0]!);
  const chosen = chooseChunks(window, rows, size, mostChunks);
  const all = chooseChunks(window, rows, size, Number.POSITIVE_INFINITY).length;
  const places = chosen.map(chunk => ({ chunk, from: chunk * size, to: Math.min((chunk + 1) * size, rows) }));
  const total = places.reduce((sum, { from, to }) => sum + to - from, 0);
  const steps = new Float64Array(total);
  let at = 0;
  for (const { from, to } of places) for (let step = from; step < to; step++) steps[at++] = step;
  const read = async (run: OpenRun, column: Column) => {
    const values = new Float64Array(total).fill(Number.NaN);
    const parts = await Promise.all(places.map(({ chunk }) => readChunk(run, column, chunk, size)));
    let start = 0;
    for (const [index, { from, to }] of places.entries()) {
      values.set(Float64Array.from(parts[index] as Float32Array), start);
      start += to - from;
    }
    return values;
  };
  const named = async (run: OpenRun) =>
    Object.fromEntries(await Promise.all(columns.map(async column => [column, await read(run, column)] as const)));
  return {
    steps,
    runs: (await Promise.all(runs.map(named))) as unknown as Curves['runs'],
    chunks: { read: chosen.length, all },
  };
}

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
