/** What an optimizer computes: one routine that goes over a run of a parameter's numbers once. */
import type { OptimizerStep } from '../../model/optimizers.js';
import type { Routines } from '../webAssembly/routines.js';

/** Where a run of `count` numbers lies, as byte addresses in the shared memory. */
export interface Addresses {
  readonly parameter: number;
  /** By the slots' names. */
  readonly slots: Readonly<Record<string, number>>;
}

export interface Update<Step extends OptimizerStep> {
  readonly step: Step;
  readonly count: number;
  /** Where the numbers are read, and where they are written, which may be the same. */
  readonly from: Addresses;
  readonly to: Addresses;
  readonly gradient: number;
}

/** @returns the sum of the bits that it wrote, each number taken for an unsigned integer of 32 bits */
export type Optimizer<Step extends OptimizerStep> = (routines: Routines, update: Update<Step>) => bigint;
