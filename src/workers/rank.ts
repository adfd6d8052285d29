/** What one rank has at hand in a step: its slices, the shared memory, the barrier, and the two states. */
import { Barrier } from '../memory/barrier.js';
import type { Order, WorkerStart } from '../memory/messages.js';
import { type SharedMemory, viewMemory } from '../memory/sharedMemory.js';
import { slicesOfRank } from '../model/slices.js';
import { planState, type StateLayout } from '../model/stateLayout.js';
import { Audit } from './executor/audit.js';
import { loadRoutines, type Routines } from './webAssembly/routines.js';

export interface Rank {
  readonly number: number;
  readonly rankCount: number;
  readonly slices: readonly number[];
  readonly sliceCount: number;
  readonly batchSize: number;
  readonly layout: StateLayout;
  readonly shared: SharedMemory;
  readonly scratch: Float32Array;
  readonly routines: Routines;
  readonly audit: Audit;
  /** `[count, 784]` grey values. */
  readonly images: Uint8Array;
  /** A step reads `current`, writes `next`, and never writes `current`: a failed step can be run again. */
  readonly current: Float32Array;
  readonly next: Float32Array;
  /** Meets the other ranks. Errors tell where a rank is by the barrier that it passed last, so no two of a step have one name. */
  barrier(name: string): void;
}

/** A thread can be any rank, another one in every order: Piscina gives an order to whichever thread is free. */
export function createRanks({ plan, memory, images, stallSeconds }: WorkerStart): (order: Order) => Rank {
  const shared = viewMemory(plan, memory);
  const barrier = new Barrier(shared.barrier, plan.ranks);
  const fixed = {
    rankCount: plan.ranks,
    sliceCount: plan.slices,
    batchSize: plan.batchSize,
    layout: planState(plan.slices),
    shared,
    images,
  };
  const routines = loadRoutines(memory);
  return ({ rank, step }) => {
    const current = Atomics.load(shared.control, 0) as 0 | 1;
    return {
      ...fixed,
      routines,
      audit: new Audit(rank, routines, shared),
      number: rank,
      slices: slicesOfRank(plan.slices, plan.ranks, rank),
      scratch: shared.scratch[rank]!,
      current: shared.states[current],
      next: shared.states[current === 0 ? 1 : 0],
      barrier: name => barrier.wait(rank, step, name, stallSeconds),
    };
  };
}
