/** Makes a new run, where none is or an old one may go. */
import { randomUUID } from 'node:crypto';
import type { ModelDescription } from '../../model/description.js';
import { planModel } from '../../model/plan.js';
import { explained } from '../disk/failures.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import type { LockOptions } from '../disk/lock.js';
import { findPlace } from '../disk/place.js';
import { formatVersion } from '../formatVersion.js';
import { gridPixels, samplesTable } from '../layout.js';
import type { RunAttributes, RunEvent } from '../reading/runAttributes.js';
import type { JsonObject } from '../zarr/zarrMetadata.js';
import { assertFree } from './assertFree.js';
import { buildRun } from './buildRun.js';
import { leavePlace, lockPlace } from './lockPlace.js';
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

export interface WriterOptions extends Retention, LockOptions {
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
      const committed = await buildRun(place, lock, describe(description), table);
      return new RunWriter(place, lock, options, committed);
    } catch (error) {
      await leavePlace(place, lock).catch(() => {});
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
