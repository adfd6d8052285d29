/** What one rank has at hand in an order: the plan, the group, and what it computes with. */
import { Barrier } from '../memory/barrier.js';
import type { Order, WorkerStart } from '../memory/messages.js';
import { viewMemory } from '../memory/sharedMemory.js';
import type { Plan, TensorPlan } from '../model/plan.js';
import { planState, type StateLayout } from '../model/stateLayout.js';
import { Audit } from './audit.js';
import type { Group } from './group/group.js';
import { SharedMemoryGroup, type Surroundings } from './group/sharedMemoryGroup.js';
import { loadRoutines, type Routines } from './webAssembly/routines.js';

export interface Rank {
  readonly plan: Plan;
  readonly layout: StateLayout;
  readonly group: Group;
  readonly routines: Routines;
  readonly audit: Audit;
  /** The data set: `[count, height, width, channels]`, from 0 to 255. */
  readonly images: Uint8Array;
  /** A parameter or statistic of the plan. */
  tensor(name: string): TensorPlan;
}

/** Waits for the other ranks. */
export type Meet = (name: string) => void;

/** Something that meetings do besides: tests make ranks fail there, `bench` takes the time. */
export type AtMeetings = (meet: Meet, order: Order) => Meet;

/** A thread can be any rank, another one in every order: Piscina gives an order to whichever thread is free. */
export function createRanks(
  { plan, size, memory, images, stallSeconds }: WorkerStart,
  atMeetings: AtMeetings = meet => meet,
): (order: Order) => Rank {
  const shared = viewMemory(plan, size, memory);
  const barrier = new Barrier(shared.barrier, size.ranks);
  const routines = loadRoutines(memory);
  const tensors = new Map(plan.tensors.map(tensor => [tensor.name, tensor]));
  const fixed = { plan, layout: planState(plan, size.slices), routines, images };
  const surroundings: Surroundings = { plan, shared, routines, sliceCount: size.slices, ranks: size.ranks };
  return order => {
    const wait: Meet = name => barrier.wait(order.rank, order.step, name, stallSeconds);
    const group = new SharedMemoryGroup(order.rank, surroundings, atMeetings(wait, order));
    return { ...fixed, group, audit: new Audit(plan, group, routines), tensor: name => tensors.get(name)! };
  };
}
