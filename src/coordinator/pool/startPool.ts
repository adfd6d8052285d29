/** A pool that is ready for its first step: threads, images, and a state in its memory. */
import type { Config } from '../../config/config.js';
import { assertPrecision } from '../../config/precision.js';
import type { Dataset } from '../../data/loadDataset.js';
import { initialTensor } from '../../model/philox.js';
import { planState, writeTensor } from '../../model/stateLayout.js';
import { modelTensors } from '../../model/tensors.js';
import type { WorkerError } from '../../shared/errors.js';
import { openRun, type Run } from '../../store/index.js';
import type { Notify } from '../events.js';
import { type PoolOptions, WorkerPool } from './workerPool.js';

/** A pool whose state is that of a checkpoint, or the initial one. */
export async function startPool(
  config: Config,
  { images }: Dataset,
  ranks: number,
  checkpoint: { path: string; step: number } | null,
  notify: Notify,
  more: Pick<PoolOptions, 'faults' | 'onPhases'> = {},
): Promise<WorkerPool> {
  const { slices, stallSeconds, precision } = config.parallel;
  assertPrecision(config);
  const onRetry = (error: WorkerError, attempt: number) =>
    notify('retry', `${error.message}; the step is run again (attempt ${attempt + 1})`, { step: error.step });
  const { batchSize } = config.training;
  const pool = await WorkerPool.start({ ranks, slices, batchSize, images, stallSeconds, precision, onRetry, ...more });
  try {
    if (checkpoint) await loadCheckpoint(pool, slices, await openRun(checkpoint.path), checkpoint.step);
    else fillInitialState(pool, config);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function fillInitialState(pool: WorkerPool, { training, parallel }: Config): void {
  const layout = planState(parallel.slices);
  pool.current.fill(0);
  for (const [place, spec] of modelTensors.entries()) {
    writeTensor(pool.current, layout, spec.name, initialTensor(training.seed, place, spec));
  }
}

/** Puts a checkpoint, verified, into the pool's current state. */
export async function loadCheckpoint(pool: WorkerPool, slices: number, run: Run, step?: number): Promise<void> {
  const layout = planState(slices);
  for (const { name, data } of (await run.readCheckpoint(step)).values()) writeTensor(pool.current, layout, name, data);
}
