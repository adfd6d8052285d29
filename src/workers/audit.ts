/**
 * What a rank notes of the numbers that it writes in a step: the sum of their bits, its part of the
 * step's fingerprint, and which tensors are not finite. The coordinator reads both before the step
 * counts.
 */
import type { Network } from '../model/description.js';
import type { Plan, TensorPlan } from '../model/plan.js';
import type { Group } from './group/group.js';
import type { Routines } from './webAssembly/routines.js';

export class Audit {
  /** By network: a further turn of D writes all of D anew. */
  private readonly sums = new Map<Network, bigint>();

  constructor(
    private readonly plan: Plan,
    private readonly group: Group,
    private readonly routines: Routines,
  ) {}

  /** Forgets what was written of a network: it is written anew. */
  begin(network: Network): void {
    this.sums.set(network, 0n);
  }

  /** Adds the bits that an update of a parameter wrote; `gradient` is what it took. */
  addUpdate(parameter: TensorPlan, bits: bigint, gradient: Float32Array): void {
    this.add(parameter, bits, () => (gradient.every(Number.isFinite) ? 'parameter' : 'gradient'));
  }

  /** Adds the bits of numbers of a statistic. */
  addStatistic(statistic: TensorPlan, values: Float32Array): void {
    this.add(statistic, this.routines.sumBits(values.byteOffset, values.length), () => 'parameter');
  }

  /** Leaves the sum to the coordinator. */
  publish(): void {
    this.group.leaveFingerprint([...this.sums.values()].reduce((total, sum) => total + sum, 0n));
  }

  private add(tensor: TensorPlan, bits: bigint, blamed: () => 'parameter' | 'gradient'): void {
    this.sums.set(tensor.network, this.sums.get(tensor.network)! + bits);
    if (this.routines.allFinite.value) return;
    this.routines.allFinite.value = 1;
    this.group.blame(this.plan.tensors.indexOf(tensor), blamed());
  }
}
