/** A pool that is ready for its first step: threads, images, and a state in its memory. */
import type { Config } from '../../config/config.js';
import { assertPrecision } from '../../config/precision.js';
import type { Dataset } from '../../data/loadDataset.js';
import { initialTensor } from '../../model/initial.js';
import type { Plan } from '../../model/plan.js';
import { writeTensor } from '../../model/stateLayout.js';
import { CheckpointError, type WorkerError } from '../../shared/errors.js';
import { openRun, type Run } from '../../store/index.js';
import type { Notify } from '../events/events.js';
import { type PoolOptions, WorkerPool } from './workerPool.js';

/** A pool whose state is that of a checkpoint, or the initial one. */
export async function startPool(
  config: Config,
  plan: Plan,
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
  const size = { ranks, slices, batchSize };
  const pool = await WorkerPool.start({ plan, ...size, images, stallSeconds, precision, onRetry, ...more });
  try {
    if (checkpoint) await loadCheckpoint(pool, await openRun(checkpoint.path), checkpoint.step);
    else fillInitialState(pool, config.training.seed);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function fillInitialState({ plan, layout, current }: WorkerPool, seed: number): void {
  current.fill(0);
  for (const [place, { name, shape, initial }] of plan.tensors.entries())
    writeTensor(current, layout, name, initialTensor(seed, place, shape, initial));
}

/**
 * Puts a checkpoint, verified, into the pool's current state.
 * @throws CheckpointError when it is missing, damaged, or not a state of the run's model
 */
export async function loadCheckpoint({ current, layout }: WorkerPool, run: Run, step?: number): Promise<void> {
  const tensors = await run.readCheckpoint(step);
  const missing = layout.tensors.find(({ name, shape }) => String(tensors.get(name)?.shape) !== String(shape));
  if (missing || tensors.size !== layout.tensors.length) {
    const what = missing ? `${missing.name} of [${missing.shape}]` : `${layout.tensors.length} tensors`;
    const which = step === undefined ? 'its newest checkpoint' : `checkpoint ${step}`;
    throw new CheckpointError(`${which} of ${run.path} is not a state of its model: expected ${what}`, run.path);
  }
  for (const { name, data } of tensors.values()) writeTensor(current, layout, name, data);
}
