/** From a config to everything a training loop needs: images, the run's store, the pool, and the state in its memory. */
import { assertSameMaths, type Config, checkStoredConfig, listChanges } from '../shared/config.js';
import { describeEngine, listEngineChanges } from '../shared/engine.js';
import { DataError, type WorkerError } from '../shared/errors.js';
import { modelTensors } from '../shared/model.js';
import { initialTensor } from '../shared/philox.js';
import type { Position } from '../shared/records.js';
import { planState, writeTensor } from '../shared/stateLayout.js';
import {
  assertRunPath,
  checkSpace,
  createRunInThread,
  describeTightness,
  openRun,
  openRunInThread,
  type Recovery,
  type Run,
  type StoreThread,
} from '../store/index.js';
import { countWorkers } from './countWorkers.js';
import { assertBatchFits, type Dataset, loadDataset } from './datasets/loadDataset.js';
import { WorkerPool } from './workerPool.js';

/** What to do about a run that may be there: refuse, go on with it, or replace it. */
export type IfExists = 'refuse' | 'resume' | 'overwrite';

/** The run as it is on disk, if it is gone on with, and the images. Nothing is locked or written yet. */
export interface Found {
  readonly before: Run | undefined;
  readonly dataset: Dataset;
}

export interface Training {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly store: StoreThread;
  readonly pool: WorkerPool;
  readonly workers: number;
  /** What is done; null: there is no checkpoint yet. */
  readonly start: Position | null;
}

/** Tells of an event, by default of the step that the run starts at. */
export type Notify = (kind: string, message: string, step?: number) => void;

/** Reads what is there, and refuses what would not be the same run. */
export async function findTraining(config: Config, resume: boolean): Promise<Found> {
  const before = resume ? await openRun(config.output.run) : undefined;
  if (before) assertSameMaths(checkStoredConfig(before.config, before.path), config);
  const dataset = await loadDataset(config.data);
  assertBatchFits(config.training.batchSize, dataset);
  if (before) assertSameData(before, dataset);
  return { before, dataset };
}

/** Opens the run's store and the pool, and fills its state. What was opened is closed again if a later part fails. */
export async function openTraining(
  config: Config,
  { before, dataset }: Found,
  overwrite: boolean,
  notify: Notify,
): Promise<Training> {
  const { workers, notice } = countWorkers(config);
  if (notice) notify('workers', notice);
  const opened = before
    ? await openExisting(config, before, dataset, workers, notify)
    : await createNew(config, dataset, workers, overwrite, notify);
  return { config, dataset, workers, ...opened };
}

/** The store first: it says which checkpoint is good. */
async function openExisting(config: Config, before: Run, dataset: Dataset, workers: number, notify: Notify) {
  await checkSpace(before.path);
  const { writer: store, recovery } = await openRunInThread(config.output.run, config.output);
  try {
    tellRecovery(before, recovery, notify);
    tellChanges(before, config, notify);
    const { position: start } = recovery;
    const pool = await startPool(config, dataset, workers, start && { path: store.path, step: start.step }, notify);
    return { store, pool, start };
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}

/** The pool first: where training cannot start, nothing is written, and nothing is deleted to make room for it. */
async function createNew(config: Config, dataset: Dataset, workers: number, overwrite: boolean, notify: Notify) {
  await assertRunPath(config.output.run, { overwrite });
  const free = await checkSpace(config.output.run);
  const tightness = describeTightness(free, config.output.keep);
  if (tightness) notify('disk', tightness);
  const pool = await startPool(config, dataset, workers, null, notify);
  try {
    return { store: await createStore(config, dataset, overwrite), pool, start: null };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** A pool whose state is that of a checkpoint, or the initial one. */
export async function startPool(
  config: Config,
  { images }: Dataset,
  ranks: number,
  checkpoint: { path: string; step: number } | null,
  notify: Notify,
): Promise<WorkerPool> {
  const { slices, stallSeconds } = config.parallel;
  const onRetry = (error: WorkerError, attempt: number) =>
    notify('retry', `${error.message}; the step is run again (attempt ${attempt + 1})`, error.step);
  const { batchSize } = config.training;
  const pool = await WorkerPool.start({ ranks, slices, batchSize, images, stallSeconds, onRetry });
  try {
    if (checkpoint) await loadCheckpoint(pool, slices, await openRun(checkpoint.path), checkpoint.step);
    else fillInitialState(pool, config);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function createStore(config: Config, dataset: Dataset, overwrite: boolean): Promise<StoreThread> {
  const { images: _, ...data } = dataset;
  const description = {
    config: config as unknown as Record<string, unknown>,
    data,
    engine: { ...describeEngine() },
    batchSize: config.training.batchSize,
  };
  return createRunInThread(config.output.run, description, { ...config.output, overwrite });
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

function assertSameData(run: Run, dataset: Dataset): void {
  const { sha256 } = run.attributes.data as { sha256?: string };
  if (sha256 === dataset.sha256) return;
  throw new DataError(
    `${run.path} was trained on other images: their SHA-256 is ${sha256}, that of ${dataset.name} is ${dataset.sha256}; set data.dir to where its images are`,
    dataset.dir,
  );
}

function tellRecovery(run: Run, recovery: Recovery, notify: Notify): void {
  const { position, lostSteps, deletedCheckpoints, problems, takenOverFrom } = recovery;
  if (takenOverFrom) notify('lock', `took over the lock of process ${takenOverFrom.pid}, which is gone`);
  for (const { step, problems: damage } of deletedCheckpoints) {
    notify('damage', `checkpoint ${step} is damaged (${damage[0]?.message}) and was deleted`);
  }
  for (const { message } of problems) notify('damage', message);
  if (lostSteps > 0)
    notify(
      'recovery',
      `done again after checkpoint ${position?.step ?? 0}: ${lostSteps === 1 ? '1 step' : `${lostSteps} steps`}`,
    );
  const changes = listEngineChanges(run.attributes.engine);
  if (changes.length > 0) {
    const message = `the run was made with another engine or processor (${changes.join('; ')}): numbers may round differently`;
    notify('engine', message);
  }
}

/** The stored config is replaced by the new one: the events keep what it was before. */
function tellChanges(run: Run, config: Config, notify: Notify): void {
  const changes = listChanges(checkStoredConfig(run.config, run.path), config);
  if (changes.length === 0) return;
  const list = changes.map(({ key, before, after }) => `${key} ${before ?? 'none'} → ${after ?? 'none'}`);
  notify('config', `the run's config changes: ${list.join(', ')}`);
}
