/**
 * A barrier for ranks that share memory, with a deadline and an abort.
 *
 * Slots (Int32): [generation, arrivedCount, aborted, arrivals of rank 0, of rank 1, …]. A rank first notes its own
 * arrival and then counts itself, so whoever times out can tell from the notes who is missing. The last to arrive
 * resets the count *before* it raises the generation: a rank that has seen the new generation finds the count at 0.
 */
import { AbortedError, StallError } from './errors.js';

const generation = 0;
const arrivedCount = 1;
const aborted = 2;
const firstArrival = 3;

/** How many Int32 slots a barrier of `ranks` ranks needs. */
export const barrierSlots = (ranks: number): number => firstArrival + ranks;

export class Barrier {
  constructor(
    private readonly slots: Int32Array,
    private readonly ranks: number,
  ) {}

  /**
   * Waits until every rank is here. Everything that a rank wrote before it came is visible to all after.
   * @throws AbortedError when another rank gave up, StallError (naming the missing ranks) after `seconds`.
   */
  wait(rank: number, step: number, phase: string, seconds: number): void {
    this.throwIfAborted(rank, step, phase);
    const before = Atomics.load(this.slots, generation);
    Atomics.add(this.slots, firstArrival + rank, 1);
    if (Atomics.add(this.slots, arrivedCount, 1) === this.ranks - 1) {
      Atomics.store(this.slots, arrivedCount, 0);
      Atomics.add(this.slots, generation, 1);
      Atomics.notify(this.slots, generation);
      return;
    }
    const deadline = performance.now() + seconds * 1000;
    while (Atomics.load(this.slots, generation) === before) {
      this.throwIfAborted(rank, step, phase);
      const left = deadline - performance.now();
      if (left <= 0) throw this.stalled(rank, step, phase, seconds);
      Atomics.wait(this.slots, generation, before, left);
    }
    this.throwIfAborted(rank, step, phase);
  }

  /** Makes every rank that waits, or comes to wait, throw AbortedError. */
  abort(): void {
    Atomics.store(this.slots, aborted, 1);
    // A waiter sleeps on the generation: changing it is what wakes one that was about to sleep.
    Atomics.add(this.slots, generation, 1);
    Atomics.notify(this.slots, generation);
  }

  /** Grows whenever a rank comes: who sees it stand still for long knows that nobody does. */
  countArrivals(): number {
    let arrivals = 0;
    for (let rank = 0; rank < this.ranks; rank++) arrivals += Atomics.load(this.slots, firstArrival + rank);
    return arrivals;
  }

  /** Only while no rank is in a step. */
  reset(): void {
    this.slots.fill(0);
  }

  private throwIfAborted(rank: number, step: number, phase: string): void {
    if (Atomics.load(this.slots, aborted) === 1) {
      throw new AbortedError('the step was given up because another rank failed', rank, step, phase);
    }
  }

  private stalled(rank: number, step: number, phase: string, seconds: number): StallError {
    const arrivals = Array.from({ length: this.ranks }, (_, r) => Atomics.load(this.slots, firstArrival + r));
    const missing = arrivals.flatMap((count, r) => (count < arrivals[rank]! ? [r] : []));
    const message = `step ${step}, ${phase}: ${nameRanks(missing)} not come within ${seconds} s (parallel.stallSeconds)`;
    return new StallError(message, rank, step, phase);
  }
}

export const nameRanks = (ranks: readonly number[]): string =>
  ranks.length === 1 ? `rank ${ranks[0]} has` : `ranks ${ranks.join(', ')} have`;
