/** Failures on purpose: how tests see that a step survives them. Loaded only by a pool that is given some. */
import { execFileSync } from 'node:child_process';
import type { Fault } from '../memory/fault.js';
import type { Order } from '../memory/messages.js';
import type { Meet } from './rank.js';

/** The same meetings, at which the rank of `order` fails as `faults` say. */
export function withFaults(meet: Meet, order: Order, faults: readonly Fault[]): Meet {
  const mine = faults.filter(fault => fault.step === order.step && fault.rank === order.rank);
  return name => {
    // Whichever thread has the rank this time: they count together.
    const due = mine.filter(fault => name.startsWith(fault.barrier) && Atomics.sub(fault.left, 0, 1) > 0);
    for (const fault of due) if (fault.how !== 'late') fail(fault, name);
    meet(name);
    for (const fault of due) if (fault.how === 'late') Atomics.wait(fault.left, 0, 0);
  };
}

function fail({ how, rank }: Fault, barrier: string): void {
  if (how === 'throw') throw new Error(`rank ${rank} fails on purpose at ${barrier}`);
  if (how === 'exit') process.exit(9);
  if (how === 'block') execFileSync('sleep', ['20'], { stdio: 'ignore' });
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
