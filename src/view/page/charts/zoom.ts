/** Windows of steps: zooming keeps them within the run. */
import type { Window } from './chooseChunks.js';

/** Fewer steps show nothing more. */
const leastSteps = 10;

/**
 * @param factor - of the width; below 1 zooms in
 * @param at - the step that stays where it is
 * @returns undefined for all of it
 */
export function zoom({ from, to }: Window, factor: number, at: number, all: Window): Window | undefined {
  const width = Math.max((to - from) * factor, Math.min(leastSteps, all.to - all.from));
  const share = (at - from) / Math.max(to - from, 1);
  return within({ from: at - share * width, to: at + (1 - share) * width }, all);
}

/** Moves a window into the run. @returns undefined for all of it */
export function within({ from, to }: Window, all: Window): Window | undefined {
  const width = to - from;
  if (width >= all.to - all.from) return undefined;
  const start = Math.min(Math.max(from, all.from), all.to - width);
  return { from: start, to: start + width };
}
