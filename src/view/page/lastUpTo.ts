/** Looks up steps, which rise. */

/** The place of the last number that is not more than `step`; -1 when all are more. */
export function lastUpTo(steps: ArrayLike<number>, step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
