/**
 * THE loop. A run is epochs of batches; a batch is a step of all workers together; a step leaves metrics, some steps
 * leave pictures, and some are followed by a checkpoint. What is on disk is always a whole commit of some step.
 *
 *     gan-dist train --config configs/mnist.yaml
 */
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.js';
import type { Fault } from '../memory/fault.js';
import { WorkerError } from '../shared/errors.js';
import type { Position, Sample, StepMetrics } from '../store/records.js';
import { Checkpointer } from './checkpointer.js';
import { Sampler } from './drawing/sampler.js';
import { Events, type Notify } from './events/events.js';
import type { IfExists } from './opening/ifExists.js';
import { isDone } from './opening/isDone.js';
import { findTraining, openTraining, type Training } from './opening/openTraining.js';
import { readRecentMetrics, SaturationWatch } from './saturation.js';
import { planSchedule, type Schedule } from './steps/schedule.js';
import { takeSteps } from './steps/takeSteps.js';
import { TimeLimit } from './steps/timeLimit.js';

export interface TrainOptions {
  /** Complete and checked: `resolveConfig` makes one. */
  readonly config: Config;
  /** What to do if the run is there; by default it is refused. */
  readonly ifExists?: IfExists;
  /** Go on with a run whose writer cannot be seen from here: the caller knows that it does not run any more. */
  readonly takeOver?: boolean;
  /** End after so many steps in all, with a checkpoint. */
  readonly steps?: number;
  /** Such as an AbortSignal: stops the run after the step that it is in, with a checkpoint. */
  readonly signal?: { readonly aborted: boolean };
  /** Stops the run with a checkpoint, so that this call takes no longer. */
  readonly maxSeconds?: number;
  /** Why a process before this one ended, if it did: becomes an event of the run. */
  readonly restarted?: string;
  readonly onStart?: (start: TrainStart) => void;
  readonly onStep?: (metrics: StepMetrics, position: Position) => void;
  /** The pictures that the store keeps, as they are taken. */
  readonly onSample?: (sample: Sample) => void;
  /** What a person should know: a retry, a damaged checkpoint, a full disk. It is also among the run's events. */
  readonly onEvent?: (kind: string, message: string) => void;
  /** Failures on purpose, in tests. */
  readonly faults?: readonly Fault[];
}

export interface TrainStart {
  readonly run: string;
  readonly workers: number;
  readonly dataset: { readonly name: string; readonly count: number };
  readonly batchSize: number;
  readonly schedule: Schedule;
  /** Steps that were done before. */
  readonly step: number;
}

export interface TrainResult {
  /** Absolute path of the store. */
  readonly run: string;
  /** Steps done in all. */
  readonly step: number;
  /** Steps done now. */
  readonly stepsNow: number;
  /** True when `signal` or `maxSeconds` ended it. */
  readonly stopped: boolean;
}

/**
 * Trains a run to its end, or until `signal`. A worker that hangs in native code cannot be ended:
 * this rejects with a WorkerError then, and the process exits with SIGKILL.
 * @throws ConfigError, DataError, EngineError, StoreError, LockError, WorkerError, DivergenceError
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { config, ifExists = 'refuse', takeOver } = options;
  const limit = new TimeLimit(options.maxSeconds);
  const found = await findTraining(config, ifExists === 'resume' && existsSync(config.output.run));
  const schedule = planSchedule(config, found.dataset.count, options.steps);
  const done = found.before?.latest?.step ?? 0;
  const tellDamage = (message: string) => options.onEvent?.('damage', message);
  if (found.before && (await isDone(found.before, schedule.lastStep, tellDamage)))
    return resultAt(found.before.path, schedule, done, done);

  const events = new Events(options.onEvent);
  if (options.restarted !== undefined) events.note('restart', options.restarted);
  for (const note of found.dataset.notes ?? []) events.note('data', note);
  const training = await openTraining(
    config,
    found,
    { overwrite: ifExists === 'overwrite', takeOver },
    events,
    options.faults,
  );
  try {
    const result = await runSteps(training, schedule, limit, options, events.note);
    await training.store.close();
    return result;
  } finally {
    // After a failure the store is closed for its lock only: what it says then must not hide what failed.
    await training.store.close().catch(() => {});
    await training.pool.close();
  }
}

async function runSteps(
  training: Training,
  schedule: Schedule,
  limit: TimeLimit,
  options: TrainOptions,
  note: Notify,
): Promise<TrainResult> {
  const { config, dataset, store, pool } = training;
  const first = training.start?.step ?? 0;
  /** Steps done: the state is that after so many. */
  let done = first;
  const warn = (message: string) => note('disk', message, { step: done });
  const checkpointer = new Checkpointer(store, pool, config.parallel.slices, warn, training.readingMs);
  const sampler = new Sampler(pool, config.training, schedule, sample => {
    store.appendSample(sample);
    options.onSample?.(sample);
  });
  const saturation = new SaturationWatch(
    config.training,
    training.start ? await readRecentMetrics(store.path, first) : [],
  );
  const mustStop = () => options.signal?.aborted || limit.isNear(checkpointer.longestMs);
  const finish = async () => {
    try {
      if (done === schedule.lastStep) await sampler.last(done);
    } finally {
      await checkpointer.commitLast(schedule.positionAt(done));
    }
  };

  tellStart(training, schedule, options, note);
  if (!training.start) await checkpointer.commit(schedule.positionAt(0));

  try {
    const stretch = { imageCount: dataset.count, from: first, to: schedule.lastStep };
    if (!mustStop()) {
      for await (const { computed, position } of takeSteps(pool, config, schedule, stretch, sampler)) {
        done++;
        limit.noteStep(computed);
        const metrics = saturation.watch(computed, warning => note('saturation', warning, position));
        store.appendMetrics(metrics);
        sampler.after(position);
        options.onStep?.(metrics, position);
        if (done < schedule.lastStep)
          await checkpointer.afterStep(schedule.isCheckpoint(done), schedule.positionAt(done));
        if (mustStop()) break;
      }
    }
  } catch (error) {
    if (error instanceof WorkerError) note('failure', error.message, { step: done });
    // Nothing of a step that failed is in the state: what was done until then need not be done again.
    if (done > first) await finish().catch(() => {});
    // What was told of the failure belongs to the run also where no step was done.
    else await store.flush().catch(() => {});
    throw error;
  }

  if (done > first || !training.start) await finish();
  if (done === first && done < schedule.lastStep) assertCouldStep(limit, checkpointer, options);
  return resultAt(store.path, schedule, first, done);
}

/** A process that was started again has done steps before, and may come too late for more. */
function assertCouldStep(limit: TimeLimit, { longestMs }: Checkpointer, { restarted, signal }: TrainOptions): void {
  if (restarted === undefined && !signal?.aborted) throw limit.explain(longestMs);
}

function tellStart(training: Training, schedule: Schedule, options: TrainOptions, note: Notify): void {
  const { config, dataset, workers, store } = training;
  const step = training.start?.step ?? 0;
  const kind = training.start ? 'resumed' : 'started';
  note(kind, `${kind} at step ${step} with ${workers === 1 ? '1 worker' : `${workers} workers`}`);
  options.onStart?.({ run: store.path, workers, dataset, batchSize: config.training.batchSize, schedule, step });
}

function resultAt(run: string, schedule: Schedule, first: number, step: number): TrainResult {
  return { run, step, stepsNow: step - first, stopped: step < schedule.lastStep };
}
