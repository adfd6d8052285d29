/** What a histogram says, in other bins and in numbers. */
import type { Histogram } from './readHistograms.js';

export interface Summary {
  readonly total: number;
  /** Of the bins' middles, as everything that a histogram says of single numbers. */
  readonly mean: number;
  readonly deviation: number;
}

/** Bin `index` from its lower to its upper end. */
export function ends({ counts, least, most }: Histogram, index: number): [from: number, to: number] {
  const at = (place: number) => least + ((most - least) * place) / counts.length;
  return [at(index), at(index + 1)];
}

export function summarize(histogram: Histogram): Summary {
  const { counts } = histogram;
  const middles = Array.from(counts, (_, index) => (ends(histogram, index)[0] + ends(histogram, index)[1]) / 2);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = middles.reduce((sum, middle, i) => sum + middle * counts[i]!, 0) / total;
  const variance = middles.reduce((sum, middle, i) => sum + (middle - mean) ** 2 * counts[i]!, 0) / total;
  return { total, mean, deviation: Math.sqrt(variance) };
}

/**
 * The same numbers in `cells` equal cells from `low` to `high`; a bin that lies across several is
 * shared out among them. Their sum is that of the counts, if all are in the range.
 */
export function rebin(histogram: Histogram, low: number, high: number, cells: number): Float64Array {
  const out = new Float64Array(cells);
  const cell = (high - low) / cells || 1;
  for (const [index, count] of histogram.counts.entries()) {
    if (count === 0) continue;
    const [from, to] = ends(histogram, index).map(value => (value - low) / cell) as [number, number];
    const last = Math.min(Math.floor(to), cells - 1);
    const first = Math.min(Math.max(Math.floor(from), 0), last);
    for (let k = first; k <= last; k++) {
      const share = first === last ? 1 : Math.max(Math.min(to, k + 1) - Math.max(from, k), 0) / (to - from);
      out[k]! += count * share;
    }
  }
  return out;
}

/** Three digits, with a true minus. */
export const shown = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−');
