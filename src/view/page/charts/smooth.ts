/** The smoothed line. */

/**
 * Means of so many steps around each, fewer at the ends of a stretch of steps without a gap. What is NaN is left out.
 * @param steps - rising
 * @param span - steps of a mean
 */
export function smooth(steps: ArrayLike<number>, values: ArrayLike<number>, span: number): Float64Array {
  const half = Math.floor(span / 2);
  const means = new Float64Array(values.length);
  for (let start = 0, end = 0; start < values.length; start = end) {
    for (end = start + 1; end < values.length && steps[end] === steps[end - 1]! + 1; ) end++;
    smoothStretch(values, means, start, end, half);
  }
  return means;
}

/** By sums up to each place: the time does not depend on the span. */
function smoothStretch(values: ArrayLike<number>, means: Float64Array, start: number, end: number, half: number): void {
  const sums = new Float64Array(end - start + 1);
  const counts = new Uint32Array(end - start + 1);
  for (let i = start; i < end; i++) {
    const isNumber = Number.isFinite(values[i]);
    sums[i - start + 1] = sums[i - start]! + (isNumber ? values[i]! : 0);
    counts[i - start + 1] = counts[i - start]! + (isNumber ? 1 : 0);
  }
  for (let i = start; i < end; i++) {
    const low = Math.max(i - half, start) - start;
    const high = Math.min(i + half + 1, end) - start;
    means[i] = (sums[high]! - sums[low]!) / (counts[high]! - counts[low]!);
  }
}
