/** Opens a run to write on: takes the lock, finds the newest good checkpoint, and cuts everything back to it. */
import { CheckpointError, StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import { nodeFileSystem } from '../disk/fileSystem.js';
import { makeFolders, replaceFiles } from '../disk/files.js';
import type { FormerOwner } from '../disk/lockOwner.js';
import { findPlace, type Place } from '../disk/place.js';
import { attributesKey, checkpointPath, fileOf, foldersOf } from '../layout.js';
import { committedSteps } from '../reading/committedSteps.js';
import type { Problem } from '../reading/problem.js';
import type { RunMetadata } from '../reading/runAttributes.js';
import { readRunMetadata } from '../reading/runMetadata.js';
import { verifyCheckpoint } from '../reading/verifyCheckpoint.js';
import { findLinkedFolders } from '../reading/verifyFolders.js';
import type { Position } from '../records.js';
import { removeUncommitted, syncMetadataFiles } from './clearUp.js';
import type { WriterOptions } from './createRun.js';
import { cutBack } from './cutBack.js';
import { leavePlace, lockPlace } from './lockPlace.js';
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
  /** Whose lock was taken over. */
  takenOverFrom?: FormerOwner;
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
    const lock = await lockPlace(place, options);
    try {
      const { committed, lastSampleStep, recovery } = await recover(place);
      recovery.takenOverFrom = lock.takenOverFrom;
      return { writer: new RunWriter(place, lock, options, committed, lastSampleStep), recovery };
    } catch (error) {
      await leavePlace(place, lock).catch(() => {});
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
  const { committed, lastSampleStep, rewrites } = await cutBack(
    place,
    found,
    position,
    deleted.map(({ step }) => step),
    recovery.problems,
  );
  await syncMetadataFiles(place, committed);
  await removeUncommitted(place, committed);
  await replaceFiles(place.fs, place.temporary, rewrites);
  return { committed, lastSampleStep, recovery };
}

async function findGoodCheckpoint({ fs, run }: Place, found: RunMetadata) {
  const { metadata, attributes } = found;
  const deleted: Recovery['deletedCheckpoints'] = [];
  const steps = committedSteps(metadata);
  if (attributes.latest && !steps.includes(attributes.latest.step)) steps.push(attributes.latest.step);
  for (const step of steps.reverse()) {
    const problems = await verifyCheckpoint(fs, run, found, step);
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
