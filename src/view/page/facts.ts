/** What a run says of itself, in the words of the page. */
import type { OpenRun } from './panel.js';

export const count = (value: number): string => value.toLocaleString('en-US');

/** Steps of an epoch; undefined when the run does not say it. */
export function batchesPerEpoch({ attributes }: OpenRun): number | undefined {
  const batches = Math.floor(attributes.data?.count / attributes.config?.training?.batchSize);
  return batches > 0 ? batches : undefined;
}

/** Steps that the config plans. A run may end earlier, with `--steps`. */
export const plannedSteps = (run: OpenRun): number =>
  (run.attributes.config?.training?.epochs ?? Number.NaN) * (batchesPerEpoch(run) ?? Number.NaN);

/** `step 1,200, epoch 3` */
export function describeStep(run: OpenRun, step: number): string {
  const batches = batchesPerEpoch(run);
  return batches ? `step ${count(step)}, epoch ${count(Math.floor(step / batches) + 1)}` : `step ${count(step)}`;
}
