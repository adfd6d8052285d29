/** Failures on purpose: how tests see that a step survives them. Loaded only by a pool that is given some. */
import { execFileSync } from 'node:child_process';
import type { Fault, Order } from '../memory/messages.js';
import type { Rank } from './rank.js';

/** The same rank, which fails as `faults` say when it comes to a barrier. */
export function withFaults(rank: Rank, order: Order, faults: readonly Fault[]): Rank {
  const mine = faults.filter(fault => fault.step === order.step && fault.rank === rank.number);
  const barrier = (name: string) => {
    // Whichever thread has the rank this time: they count together.
    const due = mine.filter(fault => name.startsWith(fault.barrier) && Atomics.sub(fault.left, 0, 1) > 0);
    for (const fault of due) if (fault.how !== 'late') fail(fault, name);
    rank.barrier(name);
    for (const fault of due) if (fault.how === 'late') Atomics.wait(fault.left, 0, 0);
  };
  return { ...rank, barrier };
}

function fail({ how, rank }: Fault, barrier: string): void {
  if (how === 'throw') throw new Error(`rank ${rank} fails on purpose at ${barrier}`);
  if (how === 'exit') process.exit(9);
  if (how === 'block') execFileSync('sleep', ['20'], { stdio: 'ignore' });
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
