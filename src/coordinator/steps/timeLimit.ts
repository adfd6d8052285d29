/**
 * `--max-time`: when a run must stop for its last checkpoint to be on disk in time. A scheduler kills at the minute, so
 * twice the longest step and twice the longest commit of this run so far are kept free: a machine that shares its
 * processors, or its disk, is not always as fast as it was.
 */
import { UsageError } from '../../shared/errors.js';

/** For what cannot be known beforehand: closing threads, and a first commit that has not ended yet. */
const spareMs = 3000;

export class TimeLimit {
  private readonly started = performance.now();
  private longestStepMs = 0;

  /** @param seconds - from now on; undefined: no limit */
  constructor(private readonly seconds: number | undefined) {}

  noteStep({ stepMs }: { readonly stepMs: number }): void {
    this.longestStepMs = Math.max(this.longestStepMs, stepMs);
  }

  /** @param longestCommitMs - of a checkpoint, so far */
  isNear(longestCommitMs: number): boolean {
    if (this.seconds === undefined) return false;
    const left = this.seconds * 1000 - (performance.now() - this.started);
    return left < 2 * this.longestStepMs + 2 * longestCommitMs + spareMs;
  }

  /** The error of a run that was stopped before its first step: it would not come further the next time. */
  explain(longestCommitMs: number): UsageError {
    const used = ((performance.now() - this.started) / 1000).toFixed(0);
    const needed = ((2 * longestCommitMs + spareMs) / 1000).toFixed(0);
    return new UsageError(
      `--max-time leaves no time for a step: starting took ${used} s of it, and ${needed} s are kept for the last checkpoint; give it more`,
    );
  }
}
