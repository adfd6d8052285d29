/** Makes a new run, where none is or an old one may go. */
import { randomUUID } from 'node:crypto';
import type { ModelDescription } from '../../model/description.js';
import { planModel } from '../../model/plan.js';
import { StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import { entryIfThere, removeTree } from '../disk/files.js';
import { findPlace, type Place } from '../disk/place.js';
import { formatVersion } from '../formatVersion.js';
import { gridPixels, samplesTable } from '../layout.js';
import { findOuterRun } from '../reading/noRun.js';
import type { RunAttributes, RunEvent } from '../reading/runAttributes.js';
import { readRunMetadata } from '../reading/runMetadata.js';
import type { JsonObject } from '../zarr/zarrMetadata.js';
import { buildRun } from './buildRun.js';
import { lockPlace } from './lockPlace.js';
import type { Retention } from './retention.js';
import { RunWriter } from './runWriter.js';

/** What a run is made from; goes into its root attributes. */
export interface RunDescription {
  /** The resolved config. */
  config: JsonObject;
  /** Data set: source, sha256, count, … */
  data: JsonObject;
  engine: JsonObject;
  /** Fixes, with the model's image, the size of `samples/grid`. */
  batchSize: number;
  /** What is trained. */
  model: ModelDescription;
  /** What the run must say of itself from its first commit on. */
  events?: RunEvent[];
}

export interface WriterOptions extends Retention {
  fileSystem?: FileSystem;
}

/**
 * Creates a run and takes its lock. Folders above it are made.
 * @param path - where; nothing may be there, unless `overwrite` is set and it is a run that nobody writes
 * @throws StoreError naming the path and what to do; LockError when another process writes it
 */
export async function createRun(
  path: string,
  description: RunDescription,
  options: WriterOptions & { overwrite?: boolean },
): Promise<RunWriter> {
  const fs = options.fileSystem ?? nodeFileSystem;
  return explained('create the run', path, async () => {
    const place = await findPlace(fs, path, true);
    await assertFree(place, options.overwrite ?? false);
    const lock = await lockPlace(place);
    try {
      await assertFree(place, options.overwrite ?? false);
      const { batchSize, model } = description;
      const histograms = planModel(model).tensors.map(({ name }) => name);
      const table = samplesTable(model.image, gridPixels(batchSize, model.image), histograms);
      const committed = await buildRun(place, describe(description), table);
      return new RunWriter(place, lock, options, committed);
    } catch (error) {
      await removeTree(fs, place.temporary).catch(() => {});
      await lock.release().catch(() => {});
      throw error;
    }
  });
}

/**
 * Says beforehand whether `createRun` would take this path. Changes nothing.
 * @throws StoreError naming the path and what to do
 */
export async function assertRunPath(path: string, { overwrite = false }: { overwrite?: boolean }): Promise<void> {
  await explained('create the run', path, async () => assertFree(await findPlace(nodeFileSystem, path), overwrite));
}

async function assertFree({ fs, run }: Place, overwrite: boolean): Promise<void> {
  const outer = await findOuterRun(fs, run);
  if (outer !== undefined)
    throw new StoreError(`${run} is inside of the run ${outer}, which holds only Zarr; choose another path`, run);
  const entry = await entryIfThere(fs, run);
  if (!entry) return;
  if (entry.kind !== 'folder') throw new StoreError(`${run} is a file, not a run; choose another path`, run);
  const problem = await readRunMetadata(fs, run).then(
    () => undefined,
    (error: Error) => error,
  );
  if (problem)
    throw new StoreError(`${problem.message}; it is left alone: choose another path`, run, { cause: problem });
  if (!overwrite)
    throw new StoreError(`${run} exists; continue it with --resume, or delete and replace it with --overwrite`, run);
}

function describe({ config, data, engine, model, events = [] }: RunDescription): RunAttributes {
  return {
    format: formatVersion,
    runId: randomUUID(),
    created: new Date().toISOString(),
    commit: 0,
    latest: null,
    config,
    data,
    model: model as unknown as JsonObject,
    engine,
    events,
    rows: { metrics: 0, samples: 0 },
    chunks: {},
  };
}
