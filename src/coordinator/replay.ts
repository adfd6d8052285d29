/**
 * A stretch of a run computed again: from a checkpoint (or, from step 0 on, from the seed alone) to a later one, with the
 * losses and the fingerprint of every step on the way. Proof for a sceptic that a run is what it says. Nothing is written.
 *
 *     gan-dist replay runs/mnist.zarr --from 400 --to 468
 */
import type { Config } from '../shared/config.js';
import { listEngineChanges } from '../shared/engine.js';
import { DataError, EngineError, StoreError, UsageError } from '../shared/errors.js';
import { openRun, type Run } from '../store/index.js';
import { computeSteps, copyState } from './computeSteps.js';
import { countWorkers } from './countWorkers.js';
import { findTraining, startPool } from './openTraining.js';
import { type Claims, type Computed, isAsClaimed, judge, type Verdict } from './replayVerdict.js';
import type { ComputedStep } from './stepMetrics.js';

export interface ReplayOptions {
  /** The run's own, with the paths and workers of this machine; `output.run` is the run. */
  readonly config: Config;
  /** Steps of two checkpoints, `from` the earlier. Step 0 needs none: its state is the seed's. */
  readonly from: number;
  readonly to: number;
  /** Told after every step: how many are done, and how many there are. */
  readonly onStep?: (done: number, total: number) => void;
  /** What a person should know, such as a step that is run again. */
  readonly onNotice?: (message: string) => void;
}

export interface Replay extends Verdict {
  /** In what this engine and processor differ from those that made the stretch. */
  readonly engineChanges: readonly string[];
}

/** @throws UsageError for steps out of order, ConfigError, StoreError, CheckpointError, WorkerError */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const run = await openRun(options.config.output.run);
  assertStretch(run, options);
  const engineChanges = listChangesOfEngine(run, options.to);
  const isElsewhere = engineChanges.length > 0;
  try {
    const claims = await readClaims(run, options);
    const computed = await compute(run, claims, options, isElsewhere);
    return { ...(await judge(computed, { run, claims, to: options.to }, isElsewhere)), engineChanges };
  } catch (error) {
    if (!(error instanceof DataError || error instanceof EngineError)) throw error;
    return { answer: 'not testable here', finding: error.message, engineChanges };
  }
}

function assertStretch(run: Run, { from, to }: ReplayOptions): void {
  if (from >= to) throw new UsageError(`--from must be before --to, found ${from} and ${to}`);
  if (from > 0) run.chooseCheckpoint(from);
  run.chooseCheckpoint(to);
}

/** A run that was resumed elsewhere has steps of several engines, and says so only in its events. */
function listChangesOfEngine(run: Run, to: number): string[] {
  const resumedElsewhere = run.attributes.events.filter(({ kind, step }) => kind === 'engine' && step < to);
  return [
    ...listEngineChanges(run.attributes.engine),
    ...resumedElsewhere.map(({ step, message }) => `from step ${step} on: ${message}`),
  ];
}

/** Damaged metrics say nothing, but the checkpoints still do. */
async function readClaims(run: Run, { to, onNotice }: ReplayOptions): Promise<Claims> {
  try {
    const metrics = await run.readMetrics();
    if (metrics.step.length >= to) return metrics;
    onNotice?.(`the run has metrics of ${metrics.step.length} steps only: they are not compared`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    onNotice?.(`${error.message}; the metrics are not compared`);
  }
  return undefined;
}

/** Ends early where the run cannot be right any more: on the engine that made it, at the first step that is another. */
async function compute(run: Run, claims: Claims, options: ReplayOptions, isElsewhere: boolean): Promise<Computed> {
  const { config, from, to, onStep, onNotice } = options;
  const { dataset } = await findTraining(config, true);
  const { workers, notice } = countWorkers(config);
  if (notice) onNotice?.(notice);
  const checkpoint = from > 0 ? { path: run.path, step: from } : null;
  const pool = await startPool(config, dataset, workers, checkpoint, (_kind, message) => onNotice?.(message));
  try {
    const steps: ComputedStep[] = [];
    for await (const step of computeSteps(pool, config, dataset.count, from, to)) {
      steps.push(step);
      onStep?.(steps.length, to - from);
      if (!isElsewhere && !isAsClaimed(step, claims)) break;
    }
    return { steps, state: copyState(pool, config.parallel.slices) };
  } finally {
    await pool.close();
  }
}
