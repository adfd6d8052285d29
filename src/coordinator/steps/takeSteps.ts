/**
 * The steps of a run, one after the other: what `train` keeps, `replay` and the self-test compare,
 * and `bench` times.
 */
import type { Config } from '../../config/config.js';
import type { Position } from '../../store/records.js';
import { type ComputedStep, readMetrics } from '../pool/stepMetrics.js';
import type { WorkerPool } from '../pool/workerPool.js';
import { planBatches } from './batches.js';
import { recipeOf } from './recipe.js';
import type { Schedule } from './schedule.js';

export interface TakenStep {
  readonly computed: ComputedStep;
  /** Before the step. */
  readonly position: Position;
}

/** What looks at the state that a step begins with. */
export interface Onlooker {
  /** Before the step, while the pool has nothing else to do. */
  before(position: Position): Promise<void>;
  /** While the ranks work: they only read this state, and this thread has nothing else to do. */
  during(position: Position): void;
}

/**
 * Takes steps from `from` up to, not including, `to`, each when the one before has been dealt with.
 * @throws WorkerError, StallError, DivergenceError: the step was not done then
 */
export async function* takeSteps(
  pool: WorkerPool,
  { training }: Pick<Config, 'training'>,
  schedule: Pick<Schedule, 'positionAt'>,
  { imageCount, from, to }: { imageCount: number; from: number; to: number },
  onlooker?: Onlooker,
): AsyncGenerator<TakenStep> {
  const recipe = recipeOf(pool.plan, training);
  const placeBatch = planBatches(training, imageCount);
  for (let step = from; step < to; step++) {
    const position = schedule.positionAt(step);
    await onlooker?.before(position);
    placeBatch(pool.batch, position);
    const started = performance.now();
    const trained = pool.train({ ...recipe, step });
    onlooker?.during(position);
    await trained;
    yield { position, computed: readMetrics(pool, step, performance.now() - started) };
  }
}
