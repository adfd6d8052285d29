/**
 * THE loop. A run is epochs of batches; a batch is a step of all workers together; a step leaves metrics, some steps
 * leave pictures, and some are followed by a checkpoint. What is on disk is always a whole commit of some step.
 *
 *     gan-dist train --config configs/mnist.yaml
 */
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.js';
import type { Fault } from '../memory/messages.js';
import { takeHistograms } from '../model/histograms.js';
import { planState } from '../model/stateLayout.js';
import { imageShape } from '../model/tensors.js';
import { arrangeGrid } from '../pictures/pixels.js';
import { WorkerError } from '../shared/errors.js';
import type { Run } from '../store/index.js';
import type { Position, Sample, StepMetrics } from '../store/records.js';
import { Checkpointer } from './checkpointer.js';
import { drawFixed, drawLast, takeImages } from './drawing/drawPictures.js';
import { Events, type Notify } from './events.js';
import { findTraining, type IfExists, openTraining, type Training } from './opening/openTraining.js';
import { readRecentMetrics, SaturationWatch } from './saturation.js';
import { planBatches } from './schedule/batches.js';
import { planSchedule, type Schedule } from './schedule/schedule.js';
import { readMetrics } from './stepMetrics.js';

export interface TrainOptions {
  /** Complete and checked: `resolveConfig` makes one. */
  readonly config: Config;
  /** What to do if the run is there; by default it is refused. */
  readonly ifExists?: IfExists;
  /** End after so many steps in all, with a checkpoint. */
  readonly steps?: number;
  /** Stops the run after the step that it is in, with a checkpoint. */
  readonly signal?: AbortSignal;
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
  /** True when `signal` ended it. */
  readonly stopped: boolean;
}

/**
 * Trains a run to its end, or until `signal`.
 * A worker that hangs in native code cannot be ended: this rejects with a WorkerError then, and the process exits with SIGKILL.
 * @throws ConfigError, DataError, EngineError, StoreError, LockError, WorkerError, DivergenceError
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { config, ifExists = 'refuse' } = options;
  const found = await findTraining(config, ifExists === 'resume' && existsSync(config.output.run));
  const schedule = planSchedule(config, found.dataset.count, options.steps);
  const done = found.before?.latest?.step ?? 0;
  const isOver = done > schedule.lastStep || (done === schedule.lastStep && (await isGood(found.before)));
  if (found.before && isOver) return resultAt(found.before.path, schedule, done, done);

  const events = new Events(options.onEvent);
  if (options.restarted !== undefined) events.note('restart', options.restarted);
  const training = await openTraining(config, found, ifExists === 'overwrite', events, options.faults);
  try {
    const result = await runSteps(training, schedule, options, events.note);
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
  options: TrainOptions,
  note: Notify,
): Promise<TrainResult> {
  const { config, dataset, store, pool } = training;
  const first = training.start?.step ?? 0;
  /** Steps done: the state is that after so many. */
  let done = first;
  const checkpointer = new Checkpointer(store, pool, config.parallel.slices, message =>
    note('disk', message, { step: done }),
  );
  const takeSample = (sample: Sample) => {
    store.appendSample(sample);
    options.onSample?.(sample);
  };
  const finish = async () => {
    try {
      if (done === schedule.lastStep) takeSample(await drawLast(pool, imageShape, config, done));
    } finally {
      await checkpointer.commitLast(schedule.positionAt(done));
    }
  };
  const layout = planState(config.parallel.slices);
  const placeBatch = planBatches(config.training, dataset.count);
  const { seed, discriminatorSteps, learningRate, momentum } = config.training;
  const saturationWatch = new SaturationWatch(training.start ? await readRecentMetrics(store.path, first) : []);

  const { workers } = training;
  const kind = training.start ? 'resumed' : 'started';
  note(kind, `${kind} at step ${first} with ${workers === 1 ? '1 worker' : `${workers} workers`}`);
  options.onStart?.({ run: store.path, workers, dataset, batchSize: config.training.batchSize, schedule, step: first });
  if (!training.start) await checkpointer.commit(schedule.positionAt(0));

  try {
    while (done < schedule.lastStep && !options.signal?.aborted) {
      const step = done;
      const position = schedule.positionAt(step);
      const fixed = schedule.isSampled(step) ? await drawFixed(pool, imageShape, config.training, step) : undefined;
      placeBatch(pool.shared.batch, position);

      const started = performance.now();
      const trained = pool.train({ kind: 'train', step, seed, discriminatorSteps, learningRate, momentum });
      // While the ranks work: they only read this state, and this thread has nothing else to do.
      const histograms = fixed && takeHistograms(pool.current, layout);
      await trained;
      done++;
      const left = readMetrics(pool.shared, imageShape, step, performance.now() - started);
      const { saturation, warning } = saturationWatch.note(left);
      const metrics = { ...left, saturation };

      store.appendMetrics(metrics);
      if (fixed) {
        const grid = arrangeGrid(takeImages(pool, imageShape, config.training.batchSize), imageShape);
        takeSample({ step, grid, fixed, imageShape, histograms });
      }
      if (warning) note('saturation', warning, { step });
      options.onStep?.(metrics, position);
      if (schedule.isCheckpoint(done) && done < schedule.lastStep) {
        await checkpointer.commit(schedule.positionAt(done));
      } else checkpointer.flushIfDue();
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
  return resultAt(store.path, schedule, first, done);
}

/** Whether the newest checkpoint is what was written: if it is not, opening the run drops it, and its steps are done again. */
async function isGood(run: Run | undefined): Promise<boolean> {
  return !run?.latest || (await run.verifyCheckpoint(run.latest.step)).length === 0;
}

function resultAt(run: string, schedule: Schedule, first: number, step: number): TrainResult {
  return { run, step, stepsNow: step - first, stopped: step < schedule.lastStep };
}
