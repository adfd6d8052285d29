/** Gradients into `next`: at once for what a slice owns, by a sum over the slices for what is summed. */
import type { OptimizerStep } from '../../model/optimizers.js';
import type { TensorPlan } from '../../model/plan.js';
import { sizeOf } from '../../model/shape.js';
import { partOf } from '../../model/slices.js';
import type { Addresses } from '../optimizers/optimizer.js';
import { optimizers } from '../optimizers/optimizers.js';
import type { Rank } from '../rank.js';
import type { Tensor } from '../tensorflow/tensors.js';

/**
 * Updates a slice's own part of a parameter.
 * @param from - the state that is read: current, or next in D's later turns
 */
export function updatePart(
  rank: Rank,
  parameter: TensorPlan,
  slice: number,
  gradient: Tensor,
  from: Float32Array,
  step: OptimizerStep,
): void {
  const { start } = rank.layout.partOf(parameter.name, slice);
  update(rank, parameter, start, rank.group.placeGradient(gradient), from, step);
}

/** After a meeting: sums the slices' gradients of a parameter and updates, each slice its part of the numbers. */
export function updateSummed(rank: Rank, parameter: TensorPlan, from: Float32Array, step: OptimizerStep): void {
  const { group, layout } = rank;
  for (const slice of group.slices) {
    const part = partOf(sizeOf(parameter.shape), group.sliceCount, slice);
    if (part.start === part.end) continue;
    const start = layout.rangeOf(parameter.name).start + part.start;
    update(rank, parameter, start, group.sumOverSlices(parameter.name, part), from, step);
  }
}

/** @param start - place of the first number in the state */
function update(
  { group, layout, routines, audit }: Rank,
  parameter: TensorPlan,
  start: number,
  gradient: Float32Array,
  from: Float32Array,
  step: OptimizerStep,
): void {
  const first = start - layout.rangeOf(parameter.name).start;
  const addressesIn = (state: Float32Array): Addresses => ({
    parameter: state.byteOffset + 4 * start,
    slots: Object.fromEntries(
      Object.entries(parameter.slots!).map(([slot, name]) => [
        slot,
        state.byteOffset + 4 * (layout.rangeOf(name).start + first),
      ]),
    ),
  });
  const addresses = { from: addressesIn(from), to: addressesIn(group.next), gradient: gradient.byteOffset };
  const bits = optimizers[step.kind](routines, { step, count: gradient.length, ...addresses });
  audit.addUpdate(parameter, bits, gradient);
}
