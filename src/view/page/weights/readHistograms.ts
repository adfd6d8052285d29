/** Histograms of the tensors, which the store has with its samples. */
import { chunkIdentity, ReadCache } from '../cache.js';
import type { OpenRun } from '../panel.js';

/** Of one tensor at one step. */
export interface Histogram {
  readonly step: number;
  /** Numbers in each of equal parts of the range. */
  readonly counts: Int32Array;
  readonly least: number;
  readonly most: number;
}

const array = 'samples/histogram';
const cache = new ReadCache<{ counts: Int32Array; ranges: Float32Array }>(2048);

/** Names of the tensors; none in a run that was begun before there were histograms. */
export const tensorNames = ({ metadata }: OpenRun): readonly string[] => metadata[`${array}/.zattrs`]?.tensors ?? [];

/** @param tensor - its place in `tensorNames` */
export async function readHistogram(run: OpenRun, row: number, step: number, tensor: number): Promise<Histogram> {
  const { counts, ranges } = await cache.get(chunkIdentity(run, array, `${row}.0.0`), () => readRow(run, row));
  const bins = counts.length / tensorNames(run).length;
  const [least, most] = ranges.subarray(tensor * 2) as unknown as [number, number];
  return { step, counts: counts.subarray(tensor * bins, (tensor + 1) * bins), least, most };
}

async function readRow(run: OpenRun, row: number): Promise<{ counts: Int32Array; ranges: Float32Array }> {
  const rows = { from: row, to: row + 1 };
  const [counts, ranges] = await Promise.all([run.readArray(array, rows), run.readArray(`${array}_range`, rows)]);
  return { counts: counts.data as Int32Array, ranges: ranges.data as Float32Array };
}

/**
 * Rows that are drawn of `count`: at most `most`, evenly, and the last. When a run goes on they
 * stay the same, or every other of them.
 */
export function chooseRows(count: number, most: number): number[] {
  let stride = 1;
  while (count / stride > most) stride *= 2;
  const rows = Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride);
  if (count > 0 && rows.at(-1) !== count - 1) rows.push(count - 1);
  return rows;
}
