/** Makes a new run: built aside, then renamed to its place, so that it is there with its description or not at all. */
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import type { ImageShape } from '../../pictures/picture.js';
import { StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import { entryIfThere, errorCode, listIfThere, makeFolders, removeTree, uniqueName } from '../disk/files.js';
import { acquireLock, type Lock } from '../disk/lock.js';
import {
  attributesKey,
  checkpointsGroup,
  formatVersion,
  generatorsGroup,
  gridPixels,
  groupKey,
  lockPath,
  metricsTable,
  runFolders,
  samplesTable,
  type TableSpec,
  temporaryFolder,
} from '../layout.js';
import { type RunAttributes, type RunEvent, readRunMetadata } from '../reading/runMetadata.js';
import type { Sample, StepMetrics } from '../records.js';
import { emptyTable, tableMetadata } from '../zarr/tables.js';
import { encodeJson, groupMetadata, type JsonObject } from '../zarr/zarrMetadata.js';
import { type Committed, type Place, writeKeys, writeRoot } from './commit.js';
import type { Retention } from './retention.js';
import { RunWriter } from './runWriter.js';

/** What a run is made from; goes into its root attributes. */
export interface RunDescription {
  /** The resolved config. */
  config: JsonObject;
  /** Data set: source, sha256, count, … */
  data: JsonObject;
  engine: JsonObject;
  /** Fixes, with `imageShape`, the size of `samples/grid`. */
  batchSize: number;
  /** Of what the generator makes. */
  imageShape: ImageShape;
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
      const { batchSize, imageShape } = description;
      const table = samplesTable(imageShape, gridPixels(batchSize, imageShape));
      const committed = await build(place, describe(description), table);
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

/** The run's own path, whatever links lead to it: two names of one run must have one lock. */
export async function findPlace(fs: FileSystem, path: string, makeParent = false): Promise<Place> {
  const absolute = resolve(path);
  if (makeParent) await makeFolders(fs, dirname(absolute));
  const run = await fs.realpath(absolute).catch(async error => {
    if (errorCode(error) !== 'ENOENT') throw error;
    const parent = await fs.realpath(dirname(absolute)).catch(() => dirname(absolute));
    return join(parent, basename(absolute));
  });
  return { fs, run, temporary: temporaryFolder(run) };
}

/** Takes the lock and clears the temporary folder: who has the lock has it alone. */
export async function lockPlace({ fs, run, temporary }: Place): Promise<Lock> {
  const lock = await acquireLock(fs, lockPath(run), run);
  try {
    await removeTree(fs, temporary);
    await fs.mkdir(temporary);
    for (const name of await listIfThere(fs, dirname(run)))
      if (name.startsWith(`${basename(lockPath(run))}.new-`)) await removeDeadLock(fs, join(dirname(run), name));
    return lock;
  } catch (error) {
    await lock.release().catch(() => {});
    throw error;
  }
}

/** A lock file that was written but never linked, by a process that died in between. */
async function removeDeadLock(fs: FileSystem, path: string): Promise<void> {
  const pid = Number(path.match(/\.new-(\d+)-[0-9a-f]+$/)?.[1]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') await fs.unlink(path).catch(() => {});
  }
}

async function assertFree({ fs, run }: Place, overwrite: boolean): Promise<void> {
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

function describe({ config, data, engine, events = [] }: RunDescription): RunAttributes {
  return {
    format: formatVersion,
    runId: randomUUID(),
    created: new Date().toISOString(),
    commit: 0,
    latest: null,
    config,
    data,
    engine,
    events,
    rows: { metrics: 0, samples: 0 },
    chunks: {},
  };
}

async function build(place: Place, attributes: RunAttributes, samples: TableSpec<Sample>): Promise<Committed> {
  const { fs, run, temporary } = place;
  const metadata = new Map<string, JsonObject>([
    [groupKey, groupMetadata],
    [attributesKey, attributes],
    [`${checkpointsGroup}/${groupKey}`, groupMetadata],
    [`${generatorsGroup}/${groupKey}`, groupMetadata],
    ...tableMetadata<StepMetrics>(metricsTable, 0),
    ...tableMetadata(samples, 0),
  ]);
  const aside: Place = { ...place, run: join(temporary, uniqueName('run')) };
  for (const folder of runFolders) await fs.mkdir(join(aside.run, folder));
  await writeKeys(
    aside,
    [...metadata].filter(([key]) => key !== attributesKey).map(([key, json]) => [key, encodeJson(json)]),
  );
  const unsynced = await writeRoot(aside, metadata);
  if (unsynced !== undefined) throw unsynced;
  for (const folder of runFolders) await fs.syncFolder(join(aside.run, folder));
  await moveIntoPlace(fs, aside.run, run, temporary);
  return {
    metadata,
    attributes,
    metrics: emptyTable(metricsTable),
    samples: emptyTable(samples),
    samplesTable: samples,
  };
}

/** The old run, if there is one, goes only when the new one is ready. */
async function moveIntoPlace(fs: FileSystem, from: string, run: string, temporary: string): Promise<void> {
  const old = join(temporary, uniqueName('removed'));
  const exists = (await entryIfThere(fs, run)) !== undefined;
  if (exists) await fs.rename(run, old);
  try {
    await fs.rename(from, run);
  } catch (error) {
    if (exists) await fs.rename(old, run);
    throw error;
  }
  await fs.syncFolder(dirname(run));
  if (exists) await removeTree(fs, old);
}
