/** Whether the limits of this process let a run of a config train, without one: for `gan-dist doctor`. */
import type { Config } from '../../config/config.js';
import { allocateMemory, sizeOfMemory } from '../../memory/sharedMemory.js';
import { referencePlan } from '../../model/plan.js';
import { allocateWithinLimits } from './allocateWithinLimits.js';
import { countWorkers } from './countWorkers.js';

/** @throws LimitError */
export function assertLimitsFor(config: Config): void {
  const plan = referencePlan();
  const { workers: ranks } = countWorkers(config);
  const size = { ranks, slices: config.parallel.slices, batchSize: config.training.batchSize };
  // Nothing is written to the memory, so the system gives only addresses.
  const needs = { ...size, sharedBytes: sizeOfMemory(plan, size), imageBytes: 0 };
  allocateWithinLimits(needs, () => allocateMemory(plan, size));
}
