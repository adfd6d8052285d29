/** A half-open range of indices. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The `index`-th of `parts` nearly equal consecutive parts of `0 … count − 1`; empty when there are more parts than
 * things. Cuts images into slices, features into slices, and slices among ranks: the cut of the work into slices never
 * depends on how many ranks there are.
 */
export function partOf(count: number, parts: number, index: number): Range {
  return { start: Math.floor((count * index) / parts), end: Math.floor((count * (index + 1)) / parts) };
}

/** The slices that a rank works on: a contiguous block. */
export function slicesOfRank(slices: number, ranks: number, rank: number): number[] {
  const { start, end } = partOf(slices, ranks, rank);
  return Array.from({ length: end - start }, (_, i) => start + i);
}
