/** Opens a run to write on: takes the lock, finds the newest good checkpoint, and cuts everything back to it. */
import { CheckpointError, StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import { nodeFileSystem } from '../disk/fileSystem.js';
import { listIfThere, makeFolders, readFileIfThere, removeFromStore, removeTree, replaceFiles } from '../disk/files.js';
import { findPlace, type Place } from '../disk/place.js';
import {
  attributesKey,
  checkpointPath,
  fileOf,
  foldersOf,
  isInTensorFolder,
  metricsTable,
  type TableSpec,
} from '../layout.js';
import { addLost } from '../reading/lost.js';
import type { Problem } from '../reading/problem.js';
import { readSampleSteps, samplesTableOf } from '../reading/readTable.js';
import {
  committedSteps,
  type RunMetadata,
  readRunMetadata,
  withoutCheckpoints,
  withoutGeneratorsAfter,
} from '../reading/runMetadata.js';
import { findLinkedFolders } from '../reading/verify.js';
import { verifyCheckpoint } from '../reading/verifyCheckpoint.js';
import type { Position, StepMetrics } from '../records.js';
import { sha256 } from '../zarr/chunks.js';
import { columnPath } from '../zarr/tables.js';
import { encodeJson } from '../zarr/zarrMetadata.js';
import { type Committed, removeUncommittedFolders, writeCommit, writeMetadata, writeRoot } from './commit.js';
import { lockPlace, type WriterOptions } from './createRun.js';
import { cutTable } from './cutTable.js';
import { RunWriter } from './runWriter.js';

/** What opening a run to write found and did. */
export interface Recovery {
  /** Where training goes on; null: no checkpoint was ever committed, start at step 0. */
  position: Position | null;
  /** Steps that were recorded after `position`, and are to be done again. */
  lostSteps: number;
  /** Damaged checkpoints, which were deleted, newest first. */
  deletedCheckpoints: { step: number; problems: Problem[] }[];
  /** Other damage: metrics or samples that cannot be read. They do not hinder training. */
  problems: Problem[];
  /** The dead process whose lock was taken over. */
  takenOverFrom?: { pid: number; host: string; started: string };
}

/**
 * Opens a run to go on with it, under its lock.
 * @throws LockError when another process writes it; StoreError when it is no run; CheckpointError when checkpoints were
 * committed and none of them is good: then nothing is changed
 */
export async function openRunToWrite(
  path: string,
  options: WriterOptions,
): Promise<{ writer: RunWriter; recovery: Recovery }> {
  const fs = options.fileSystem ?? nodeFileSystem;
  return explained('open the run', path, async () => {
    const place = await findPlace(fs, path);
    await readRunMetadata(fs, place.run); // No lock beside what is no run.
    const lock = await lockPlace(place);
    try {
      const { committed, lastSampleStep, recovery } = await recover(place);
      recovery.takenOverFrom = lock.takenOverFrom;
      return { writer: new RunWriter(place, lock, options, committed, lastSampleStep), recovery };
    } catch (error) {
      await removeTree(fs, place.temporary).catch(() => {});
      await lock.release().catch(() => {});
      throw error;
    }
  });
}

async function recover(place: Place) {
  const [link] = await findLinkedFolders(place.fs, place.run);
  if (link) throw new StoreError(link.message, link.path);
  // A killed process may have replaced `.zmetadata` and not synced it. What is deleted below must not come before it.
  await place.fs.syncFolder(place.run);
  const found = await readRunMetadata(place.fs, place.run);
  const { good, deleted } = await findGoodCheckpoint(place, found);
  const position = good === undefined ? null : positionOf(found, good);
  const recovery: Recovery = {
    position,
    lostSteps: Math.max(found.attributes.rows.metrics, found.attributes.latest?.step ?? 0) - (position?.step ?? 0),
    deletedCheckpoints: deleted,
    problems: found.damage ? [{ path: place.run, message: found.damage, harmless: false }] : [],
  };
  // Whoever deleted a folder took chunks with it: they are told as missing. What follows is written into them all.
  for (const folder of foldersOf(found.metadata)) await makeFolders(place.fs, fileOf(place.run, folder));
  const { committed, lastSampleStep, rewrites } = await cutBack(place, found, position, deleted, recovery.problems);
  await syncMetadataFiles(place, committed);
  await removeUncommitted(place, committed);
  await replaceFiles(place.fs, place.temporary, rewrites);
  return { committed, lastSampleStep, recovery };
}

async function findGoodCheckpoint({ fs, run }: Place, { metadata, attributes }: RunMetadata) {
  const deleted: Recovery['deletedCheckpoints'] = [];
  const steps = committedSteps(metadata);
  if (attributes.latest && !steps.includes(attributes.latest.step)) steps.push(attributes.latest.step);
  for (const step of steps.reverse()) {
    const hash = attributes.latest?.step === step ? attributes.latest.manifest : undefined;
    const problems = await verifyCheckpoint(fs, run, metadata, step, hash);
    if (problems.length === 0) return { good: step, deleted };
    deleted.push({ step, problems });
  }
  if (deleted.length === 0) return { good: undefined, deleted };
  const first = deleted[0]!.problems[0]!;
  const message = `no checkpoint of ${run} is good (${deleted.map(({ step }) => step).join(', ')}): ${first.message}; nothing was changed`;
  throw new CheckpointError(message, first.path);
}

function positionOf({ metadata }: RunMetadata, step: number): Position {
  const { epoch, batch } = metadata.get(`${checkpointPath(step)}/${attributesKey}`) as unknown as Position;
  return { step, epoch, batch };
}

/** Cuts the committed state back to the checkpoint, and commits that, if it differs. Files follow later. */
async function cutBack(
  place: Place,
  found: RunMetadata,
  position: Position | null,
  deleted: Recovery['deletedCheckpoints'],
  problems: Problem[],
) {
  const step = position?.step ?? 0;
  const samplesSpec = samplesTableOf(found, place.run);
  const sampleSteps = await readSampleSteps(place, found, samplesSpec, step, problems);
  // A sample taken at the checkpoint itself closed a run that had ended; going on takes it again where it is due.
  const sampleRows = sampleSteps.filter(s => s < step).length;
  const metrics = await cutTable<StepMetrics>(
    place,
    found,
    metricsTable,
    Math.min(step, found.attributes.rows.metrics),
    problems,
  );
  const samplesRemoved = problems.flatMap(({ lost }) => (lost?.array === 'samples' ? [lost] : []));
  const stepOf = (row: number) => sampleSteps[row]!;
  const samples = await cutTable(place, found, samplesSpec, sampleRows, problems, stepOf);
  const before: Committed = {
    metadata: found.metadata,
    attributes: found.attributes,
    metrics: metrics.state,
    samples: samples.state,
    samplesTable: samplesSpec,
  };
  const rewrites = [...metrics.rewrites, ...samples.rewrites];
  const lastSampleStep = sampleSteps[sampleRows - 1] ?? -1;
  const withoutDeleted = withoutCheckpoints(
    found.metadata,
    deleted.map(({ step }) => step),
  );
  const metadata = withoutGeneratorsAfter(withoutDeleted, step);
  const unchanged =
    !found.damage &&
    deleted.length === 0 &&
    metadata.size === found.metadata.size &&
    found.attributes.rows.metrics === metrics.state.rows &&
    found.attributes.rows.samples === samples.state.rows &&
    metrics.sound &&
    samples.sound;
  if (unchanged) return { committed: before, lastSampleStep, rewrites };
  const latest = position && { ...position, manifest: sha256(encodeJson(checkpointAttributes(found, step))) };
  const newlyLost = [...metrics.lost, ...samplesRemoved, ...samples.lost];
  const lost = addLost(found.attributes.lost ?? [], newlyLost, step);
  const cut: Committed = {
    ...before,
    metadata,
    attributes: {
      ...found.attributes,
      latest,
      chunks: { ...metrics.hashes, ...samples.hashes },
      lost: lost.length > 0 ? lost : undefined,
    },
  };
  for (const [key, json] of [...metrics.metadata, ...samples.metadata]) metadata.set(key, json);
  await writeMetadata(place, found.metadata, new Map([...metrics.metadata, ...samples.metadata]));
  const { committed, unsynced } = await writeCommit(place, cut, {});
  if (unsynced !== undefined) throw unsynced;
  return { committed, lastSampleStep, rewrites };
}

const checkpointAttributes = ({ metadata }: RunMetadata, step: number) =>
  metadata.get(`${checkpointPath(step)}/${attributesKey}`)!;

/** Every single metadata file says what the consolidated metadata says, which hold. Those of checkpoints were compared. */
async function syncMetadataFiles(place: Place, { metadata }: Committed): Promise<void> {
  const { fs, run, temporary } = place;
  const stale: [string, Uint8Array][] = [];
  for (const [key, json] of metadata) {
    if (key === attributesKey || isInTensorFolder(key)) continue;
    const bytes = encodeJson(json);
    // What cannot be read, such as a link, is replaced as well.
    const there = await readFileIfThere(fs, fileOf(run, key)).catch(() => undefined);
    if (!there || Buffer.compare(there, bytes) !== 0) stale.push([fileOf(run, key), bytes]);
  }
  await replaceFiles(fs, temporary, stale);
  const root = await readFileIfThere(fs, fileOf(run, attributesKey)).catch(() => undefined);
  if (root && Buffer.compare(root, encodeJson(metadata.get(attributesKey))) === 0) return;
  const unsynced = await writeRoot(place, metadata);
  if (unsynced !== undefined) throw unsynced;
}

/** Deletes checkpoints and generators that are not committed, and chunks behind the last committed row. */
async function removeUncommitted(place: Place, committed: Committed): Promise<void> {
  const { fs, run, temporary } = place;
  await removeUncommittedFolders(place, committed.metadata);
  const tables = [
    [metricsTable, committed.metrics.rows],
    [committed.samplesTable, committed.samples.rows],
  ] as [TableSpec<never>, number][];
  for (const [table, rows] of tables) {
    for (const column of table.columns) {
      const path = columnPath(table, column);
      for (const name of await listIfThere(fs, fileOf(run, path)))
        if (/^\d+(\.0)*$/.test(name) && Number.parseInt(name, 10) * column.chunkRows >= rows)
          await removeFromStore(fs, temporary, fileOf(run, `${path}/${name}`));
    }
  }
}
