/**
 * From a config to everything a training loop needs: images, the run's store, the pool, and the
 * state in its memory.
 */
import { assertSameMaths, type Config, checkStoredConfig } from '../../config/config.js';
import { assertPrecision } from '../../config/precision.js';
import { assertBatchFits, type Dataset, describeDataset, loadDataset } from '../../data/loadDataset.js';
import type { Fault } from '../../memory/fault.js';
import type { ModelDescription } from '../../model/description.js';
import { type Plan, referencePlan } from '../../model/plan.js';
import type { ImageShape } from '../../pictures/picture.js';
import { describeEngine } from '../../shared/engine.js';
import { CheckpointError, DataError } from '../../shared/errors.js';
import {
  assertRunPath,
  checkSpace,
  createRunInThread,
  describeTightness,
  openRun,
  openRunInThread,
  type Run,
  type StoreThread,
} from '../../store/index.js';
import type { Position } from '../../store/records.js';
import type { Events } from '../events/events.js';
import { tellChanges, tellEngine, tellRecovery } from '../events/tellResume.js';
import { countWorkers } from '../pool/countWorkers.js';
import { startPool } from '../pool/startPool.js';
import type { WorkerPool } from '../pool/workerPool.js';

/** The run as it is on disk, if it is gone on with, and the images. Nothing is locked or written yet. */
export interface Found {
  readonly before: Run | undefined;
  readonly plan: Plan;
  readonly dataset: Dataset;
}

export interface Training {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly store: StoreThread;
  readonly pool: WorkerPool;
  readonly workers: number;
  /** How long it took to read and verify the checkpoint, ms; 0 without one. */
  readonly readingMs: number;
  /** What is done; null: there is no checkpoint yet. */
  readonly start: Position | null;
}

/** Reads what is there, and refuses what would not be the same run. */
export async function findTraining(config: Config, resume: boolean): Promise<Found> {
  const before = resume ? await openRun(config.output.run) : undefined;
  if (before) assertSameMaths(checkStoredConfig(before.config, before.path), config);
  assertPrecision(config);
  const dataset = await loadDataset(config.data);
  assertBatchFits(config.training.batchSize, dataset);
  if (before) assertSameData(before, dataset);
  const plan = before ? before.plan : referencePlan();
  assertImagesFit(dataset, plan.model);
  return { before, dataset, plan };
}

/** Opens the run's store and the pool, and fills its state. What was opened is closed again if a later part fails. */
export async function openTraining(
  config: Config,
  { before, dataset, plan }: Found,
  { overwrite, takeOver }: { readonly overwrite: boolean; readonly takeOver?: boolean },
  events: Events,
  faults?: readonly Fault[],
): Promise<Training> {
  const { workers, notice } = countWorkers(config);
  if (notice) events.note('workers', notice);
  const start = (checkpoint: { path: string; step: number } | null) =>
    startPool(config, plan, dataset, workers, checkpoint, events.note, { faults });
  const opened = before
    ? await openExisting({ config, plan, before, takeOver }, start, events)
    : await createNew(config, plan, dataset, start, overwrite, events);
  return { config, dataset, workers, ...opened };
}

type Start = (checkpoint: { path: string; step: number } | null) => Promise<WorkerPool>;

/** The store first: it says which checkpoint is good. */
async function openExisting(
  { config, plan, before, takeOver }: { config: Config; plan: Plan; before: Run; takeOver?: boolean },
  startFrom: Start,
  events: Events,
) {
  await checkSpace(plan, before.path, Math.max(config.output.keep, 2) - before.checkpoints.length);
  const began = performance.now();
  const { writer: store, recovery } = await openRunInThread(config.output.run, { ...config.output, takeOver });
  try {
    const readingMs = performance.now() - began;
    const { position: start } = recovery;
    if (!start) assertFromSeed(before);
    events.writeTo(store, start?.step ?? 0);
    tellRecovery(recovery, events.note);
    tellChanges(before, config, events.note);
    tellEngine(before, start?.step ?? 0, events.note);
    store.updateConfig(config as unknown as Record<string, unknown>);
    // Now, as a crash may come before the first checkpoint. A disk that refuses is told when that is due.
    await store.flush().catch(() => {});
    const pool = await startFrom(start && { path: store.path, step: start.step });
    return { store, pool, start, readingMs };
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}

/** An import that was cut off has left no checkpoint: the seed would give another run than was asked for. */
function assertFromSeed({ imported, path }: Run): void {
  if (!imported) return;
  throw new CheckpointError(
    `${path} has no checkpoint: its import was cut off; import it again, with --overwrite`,
    path,
  );
}

/** The pool first: where training cannot start, nothing is written, and nothing is deleted to make room for it. */
async function createNew(
  config: Config,
  plan: Plan,
  dataset: Dataset,
  startFrom: Start,
  overwrite: boolean,
  events: Events,
) {
  await assertRunPath(config.output.run, { overwrite });
  const free = await checkSpace(plan, config.output.run);
  const { keep, keepGenerators } = config.output;
  const tightness = describeTightness(plan, free, keep, keepGenerators ? config.training.epochs : 0);
  if (tightness) events.note('disk', tightness);
  const pool = await startFrom(null);
  try {
    const store = await createStore(config, plan.model, dataset, overwrite);
    events.writeTo(store, 0);
    return { store, pool, start: null, readingMs: 0 };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function createStore(
  config: Config,
  model: ModelDescription,
  dataset: Dataset,
  overwrite: boolean,
): Promise<StoreThread> {
  const description = {
    config: config as unknown as Record<string, unknown>,
    data: { ...describeDataset(dataset) },
    engine: { ...describeEngine() },
    batchSize: config.training.batchSize,
    model,
  };
  return createRunInThread(config.output.run, description, { ...config.output, overwrite });
}

function assertSameData(run: Run, dataset: Dataset): void {
  const { sha256 } = run.attributes.data as { sha256?: string };
  if (sha256 === dataset.sha256) return;
  throw new DataError(
    `${run.path} was trained on other images: their SHA-256 is ${sha256}, that of ${dataset.name} is ${dataset.sha256}; set data.dir to where its images are`,
    dataset.dir,
  );
}

/** @throws DataError when the images are not of the shape that the model takes */
export function assertImagesFit({ name, height, width, channels, dir }: Dataset, { image }: ModelDescription): void {
  const describe = (shape: ImageShape) => `${shape.height}×${shape.width}×${shape.channels}`;
  const found = describe({ height, width, channels });
  if (found === describe(image)) return;
  throw new DataError(`${name} has images of ${found}, and the model takes ${describe(image)}`, dir);
}
