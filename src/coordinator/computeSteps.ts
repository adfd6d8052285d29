/** Steps of a run without the run: nothing is written, and each is told as it ends. */
import type { Config } from '../shared/config.js';
import { type NamedTensor, readState } from '../shared/stateLayout.js';
import { planBatches } from './batches.js';
import { planSchedule } from './schedule.js';
import { type ComputedStep, readMetrics } from './stepMetrics.js';
import type { WorkerPool } from './workerPool.js';

/** Steps `from` up to, not including, `to`, on the state that the pool has. */
export async function* computeSteps(
  pool: WorkerPool,
  config: Config,
  imageCount: number,
  from: number,
  to: number,
): AsyncGenerator<ComputedStep, void> {
  const { seed, discriminatorSteps, learningRate, momentum } = config.training;
  const placeBatch = planBatches(config.training, imageCount);
  const schedule = planSchedule(config, imageCount);
  for (let step = from; step < to; step++) {
    placeBatch(pool.shared.batch, schedule.positionAt(step));
    const started = performance.now();
    await pool.train({ kind: 'train', step, seed, discriminatorSteps, learningRate, momentum });
    yield readMetrics(pool.shared, step, performance.now() - started);
  }
}

/** The pool's state, tensor by tensor, in memory of its own. */
export function copyState({ current }: WorkerPool, slices: number): Map<string, NamedTensor> {
  const tensors = readState(current.buffer as SharedArrayBuffer, slices, current.byteOffset);
  return new Map(Array.from(tensors, tensor => [tensor.name, tensor]));
}
