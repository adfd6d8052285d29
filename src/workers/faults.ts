/** Failures on purpose: how tests see that a step survives them. Loaded only by a pool that is given some. */
import { execFileSync } from 'node:child_process';
import type { Fault, Order } from '../shared/messages.js';
import type { Rank } from './rank.js';

/** The same rank, which fails as `faults` say when it comes to a barrier. */
export function withFaults(rank: Rank, order: Order, faults: readonly Fault[]): Rank {
  const barrier = (phase: string) => {
    for (const fault of faults) {
      if (fault.step !== order.step || fault.rank !== rank.number || !phase.startsWith(fault.phase)) continue;
      // Whichever thread has the rank this time: they count together.
      if (Atomics.sub(fault.left, 0, 1) > 0) fail(fault, phase);
    }
    rank.barrier(phase);
  };
  return { ...rank, barrier };
}

function fail({ how, rank }: Fault, phase: string): void {
  if (how === 'throw') throw new Error(`rank ${rank} fails on purpose, ${phase}`);
  if (how === 'exit') process.exit(9);
  if (how === 'block') execFileSync('sleep', ['20'], { stdio: 'ignore' });
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
