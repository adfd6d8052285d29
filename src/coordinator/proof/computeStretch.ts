/** Steps of a run without the run: computed on a pool of their own, told one by one, and written nowhere. */
import type { Config } from '../../config/config.js';
import type { Dataset } from '../../data/loadDataset.js';
import { type NamedTensor, readState } from '../../model/stateLayout.js';
import { imageShape } from '../../model/tensors.js';
import type { Notify } from '../events.js';
import { startPool } from '../pool/startPool.js';
import type { PoolOptions, WorkerPool } from '../pool/workerPool.js';
import { planBatches } from '../schedule/batches.js';
import { planSchedule } from '../schedule/schedule.js';
import { type ComputedStep, readMetrics } from '../stepMetrics.js';

export interface Stretch {
  readonly config: Config;
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
  readonly state: ReadonlyMap<string, NamedTensor>;
}

/** @throws EngineError, CheckpointError, WorkerError, DivergenceError */
export async function computeStretch(stretch: Stretch): Promise<Computed> {
  const { config, dataset, workers, checkpoint, onStep, notify, onPhases } = stretch;
  const pool = await startPool(config, dataset, workers, checkpoint, notify, { onPhases });
  try {
    const steps: ComputedStep[] = [];
    for await (const step of computeSteps(pool, stretch)) if (onStep(step, steps.push(step)) === false) break;
    const tensors = readState(
      pool.current.buffer as SharedArrayBuffer,
      config.parallel.slices,
      pool.current.byteOffset,
    );
    return { steps, state: new Map(Array.from(tensors, tensor => [tensor.name, tensor])) };
  } finally {
    await pool.close();
  }
}

async function* computeSteps(pool: WorkerPool, { config, dataset, from, to }: Stretch): AsyncGenerator<ComputedStep> {
  const { seed, discriminatorSteps, learningRate, momentum } = config.training;
  const placeBatch = planBatches(config.training, dataset.count);
  const schedule = planSchedule(config, dataset.count);
  for (let step = from; step < to; step++) {
    placeBatch(pool.shared.batch, schedule.positionAt(step));
    const started = performance.now();
    await pool.train({ kind: 'train', step, seed, discriminatorSteps, learningRate, momentum });
    yield readMetrics(pool.shared, imageShape, step, performance.now() - started);
  }
}
