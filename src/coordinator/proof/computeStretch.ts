/** Steps of a run without the run: computed on a pool of their own, told one by one, and written nowhere. */
import type { Config } from '../../config/config.js';
import type { Dataset } from '../../data/loadDataset.js';
import type { Plan } from '../../model/plan.js';
import { readState, type StateTensor } from '../../model/stateLayout.js';
import type { Notify } from '../events/events.js';
import { startPool } from '../pool/startPool.js';
import type { ComputedStep } from '../pool/stepMetrics.js';
import type { PoolOptions } from '../pool/workerPool.js';
import { planSchedule } from '../steps/schedule.js';
import { takeSteps } from '../steps/takeSteps.js';

export interface Stretch {
  readonly config: Config;
  readonly plan: Plan;
  readonly dataset: Dataset;
  readonly workers: number;
  /** Where the state comes from; null: from the seed. */
  readonly checkpoint: { readonly path: string; readonly step: number } | null;
  /** Steps `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
  /** Told after every step; the stretch ends early when it returns false. */
  readonly onStep: (step: ComputedStep, done: number) => boolean | undefined;
  readonly notify: Notify;
  /** Told what each rank's phases took, before `onStep`. */
  readonly onPhases?: PoolOptions['onPhases'];
}

export interface Computed {
  readonly steps: readonly ComputedStep[];
  /** After the last of them, in memory of its own. */
  readonly state: ReadonlyMap<string, StateTensor>;
}

/** @throws EngineError, CheckpointError, WorkerError, DivergenceError */
export async function computeStretch(stretch: Stretch): Promise<Computed> {
  const { config, plan, dataset, workers, checkpoint, from, to, onStep, notify, onPhases } = stretch;
  const pool = await startPool(config, plan, dataset, workers, checkpoint, notify, { onPhases });
  try {
    const steps: ComputedStep[] = [];
    const schedule = planSchedule(config, dataset.count);
    for await (const { computed } of takeSteps(pool, config, schedule, { imageCount: dataset.count, from, to }))
      if (onStep(computed, steps.push(computed)) === false) break;
    const { buffer, byteOffset } = pool.current;
    const tensors = readState(buffer as SharedArrayBuffer, pool.layout, byteOffset);
    return { steps, state: new Map(Array.from(tensors, tensor => [tensor.name, tensor])) };
  } finally {
    await pool.close();
  }
}
