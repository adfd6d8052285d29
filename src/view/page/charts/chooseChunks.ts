/**
 * Which chunks of the metrics a view needs: of a huge run, evenly spaced ones, so that no view
 * costs more than another.
 */

/** Steps, both included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * @param rows - steps that there are
 * @param most - chunks, at least 2
 * @returns chunk numbers, rising; with the first and the last one of the window
 */
export function chooseChunks({ from, to }: Window, rows: number, chunkRows: number, most: number): number[] {
  if (rows === 0) return [];
  const chunkOf = (step: number) => Math.floor(Math.min(Math.max(step, 0), rows - 1) / chunkRows);
  const [first, last] = [chunkOf(from), chunkOf(to)];
  const all = last - first + 1;
  if (all <= most) return Array.from({ length: all }, (_, i) => first + i);
  return Array.from({ length: most }, (_, i) => first + Math.round((i * (all - 1)) / (most - 1)));
}
