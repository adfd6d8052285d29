/**
 * A barrier for ranks that share memory, with a deadline and an abort.
 *
 * Slots (Int32): [generation, arrivedCount, aborted, arrivals of rank 0, of rank 1, …, phase of
 * rank 0, of rank 1, …]. A rank first notes its own arrival and then counts itself, so whoever
 * times out can tell from the notes who is missing. The last to arrive resets the count *before* it
 * raises the generation: a rank that has seen the new generation finds the count at 0. A rank that
 * has passed a barrier notes that barrier's name as its phase, so that others can tell what it was
 * doing when its thread is gone or hangs.
 */
import { AbortedError, StallError } from '../shared/errors.js';
import { phaseSlots, readPhase, writePhase } from './phaseNames.js';

const generation = 0;
const arrivedCount = 1;
const aborted = 2;
const firstArrival = 3;

const napMilliseconds = 1000;

/** How many Int32 slots a barrier of `ranks` ranks needs. */
export const barrierSlots = (ranks: number): number => firstArrival + ranks + ranks * phaseSlots;

export class Barrier {
  constructor(
    private readonly slots: Int32Array,
    private readonly ranks: number,
  ) {}

  /**
   * Waits until every rank is here; from then on the rank is in the phase after this barrier. Everything that a rank
   * wrote before it came is visible to all after.
   * @throws AbortedError when another rank gave up, StallError (naming the missing ranks) after `seconds`.
   */
  wait(rank: number, step: number, name: string, seconds: number): void {
    this.meet(rank, step, seconds);
    writePhase(this.phaseSlotsOf(rank), name);
  }

  private meet(rank: number, step: number, seconds: number): void {
    this.throwIfAborted(rank, step);
    const before = Atomics.load(this.slots, generation);
    Atomics.add(this.slots, firstArrival + rank, 1);
    if (Atomics.add(this.slots, arrivedCount, 1) === this.ranks - 1) {
      Atomics.store(this.slots, arrivedCount, 0);
      Atomics.add(this.slots, generation, 1);
      Atomics.notify(this.slots, generation);
      return;
    }
    let left = seconds * 1000;
    while (Atomics.load(this.slots, generation) === before) {
      this.throwIfAborted(rank, step);
      if (left <= 0) throw this.stallOf(this.missingFor(rank), step, seconds);
      // Seconds lived through, not those of a clock: in a process that was stopped (Ctrl-Z) no rank hangs.
      const nap = Math.min(left, napMilliseconds);
      const began = performance.now();
      Atomics.wait(this.slots, generation, before, nap);
      left -= Math.min(performance.now() - began, nap);
    }
    this.throwIfAborted(rank, step);
  }

  /** What a rank is doing, or was when its thread ended: `after NAME`, of the barrier that it passed last. */
  phaseOf(rank: number): string {
    const name = readPhase(this.phaseSlotsOf(rank));
    return name === '' ? 'before the first barrier' : `after ${name}`;
  }

  /** The error that says of each rank of `missing` where it is; its fields are those of the first. */
  stallOf(missing: readonly number[], step: number, seconds: number): StallError {
    const named = missing.map(rank => `rank ${rank} (${this.phaseOf(rank)})`).join(' and ');
    const limit = `${seconds} s (parallel.stallSeconds; if the machine is only slow, set it higher)`;
    const message = `step ${step}: ${named} ${missing.length === 1 ? 'has' : 'have'} not come to the next barrier within ${limit}`;
    return new StallError(message, missing[0], step, missing[0] === undefined ? undefined : this.phaseOf(missing[0]));
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

  private throwIfAborted(rank: number, step: number): void {
    if (Atomics.load(this.slots, aborted) === 1) {
      throw new AbortedError('the step was given up because another rank failed', rank, step, this.phaseOf(rank));
    }
  }

  /** The ranks that have not come to the barrier at which `rank` waits; one may also hang just after its note. */
  private missingFor(rank: number): number[] {
    const arrivals = Array.from({ length: this.ranks }, (_, r) => Atomics.load(this.slots, firstArrival + r));
    const behind = arrivals.flatMap((count, r) => (count < arrivals[rank]! ? [r] : []));
    return behind.length > 0 ? behind : arrivals.flatMap((_, r) => (r === rank ? [] : [r]));
  }

  private phaseSlotsOf(rank: number): Int32Array {
    const start = firstArrival + this.ranks + rank * phaseSlots;
    return this.slots.subarray(start, start + phaseSlots);
  }
}
