/**
 * What a rank notes of the numbers that it writes in a step: the sum of their bits, its part of the step's fingerprint, and
 * which tensors are not finite. The coordinator reads both before the step counts.
 */

import { notFinite, type SharedMemory } from '../../memory/sharedMemory.js';
import { modelTensors } from '../../model/tensors.js';
import type { Routines } from '../webAssembly/routines.js';

export class Audit {
  /** By network: a further turn of D writes all of D anew. */
  private readonly sums = new Map<string, bigint>();

  constructor(
    private readonly rank: number,
    private readonly routines: Routines,
    private readonly shared: SharedMemory,
  ) {}

  /** Forgets what was written of a network: it is written anew. */
  begin(network: string): void {
    this.sums.set(network, 0n);
  }

  /** Adds the bits that an update of `tensor` wrote; `gradient` is what it took. */
  addUpdate(tensor: string, bits: bigint, gradient: Float32Array): void {
    this.add(tensor, bits, () => (gradient.every(Number.isFinite) ? notFinite.parameter : notFinite.gradient));
  }

  /** Adds the bits of numbers of a moving statistic. */
  addStatistic(tensor: string, values: Float32Array): void {
    this.add(tensor, this.routines.sumBits(values.byteOffset, values.length), () => notFinite.parameter);
  }

  /** Leaves the sum to the coordinator. */
  publish(): void {
    this.shared.fingerprints[this.rank] = [...this.sums.values()].reduce((total, sum) => total + sum, 0n);
  }

  private add(tensor: string, bits: bigint, blame: () => number): void {
    const network = tensor.split('/')[0]!;
    this.sums.set(network, this.sums.get(network)! + bits);
    if (this.routines.allFinite.value) return;
    this.routines.allFinite.value = 1;
    const place = modelTensors.findIndex(({ name }) => name === tensor);
    Atomics.or(this.shared.health, place, blame());
  }
}
