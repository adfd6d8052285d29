/** Checks everything that a run holds against what its last commit says. */
import { join } from 'node:path';
import type { FileSystem } from '../disk/fileSystem.js';
import { findLiveOwner } from '../disk/lock.js';
import { lockPath } from '../disk/place.js';
import { checkpointPath, consolidatedKey, fileOf, generatorsGroup, isInTensorFolder } from '../layout.js';
import { arrayPaths } from '../zarr/zarrMetadata.js';
import { committedSteps } from './committedSteps.js';
import { describeLost } from './lost.js';
import type { Problem } from './problem.js';
import type { RunMetadata } from './runAttributes.js';
import { readRunMetadata } from './runMetadata.js';
import { verifyCheckpoint, verifyGenerator } from './verifyCheckpoint.js';
import { findLinkedFolders, findStrangers } from './verifyFolders.js';
import { verifyMetadataFiles } from './verifyMetadata.js';
import { verifyTableColumn } from './verifyTables.js';

/**
 * All problems of a run. While another process writes it, what a commit in progress leaves for a moment is no problem,
 * and what was deleted meanwhile is looked at again.
 */
export async function verifyRun(fs: FileSystem, run: string, opened: RunMetadata): Promise<Problem[]> {
  let found = opened;
  for (let attempt = 0; ; attempt++) {
    const problems = await verifyOnce(fs, run, found);
    if (problems.length === 0) return problems;
    const now = await readRunMetadata(fs, run);
    const moved = now.attributes.commit !== found.attributes.commit;
    const alive = await findLiveOwner(fs, lockPath(run));
    if (!moved || attempt >= 5) return alive ? problems.filter(({ harmless }) => !harmless) : problems;
    found = now;
  }
}

async function verifyOnce(fs: FileSystem, run: string, found: RunMetadata): Promise<Problem[]> {
  const { metadata, attributes, damage } = found;
  const problems: Problem[] = [];
  if (damage) problems.push({ path: join(run, consolidatedKey), message: damage, harmless: false });
  const steps = committedSteps(metadata);
  const { latest } = attributes;
  if (latest && !steps.includes(latest.step))
    problems.push({
      path: fileOf(run, checkpointPath(latest.step)),
      message: `the newest checkpoint, ${latest.step}, is not in the metadata`,
      harmless: false,
    });
  problems.push(...(await findLinkedFolders(fs, run)));
  for (const step of steps) problems.push(...(await verifyCheckpoint(fs, run, found, step)));
  for (const step of committedSteps(metadata, generatorsGroup))
    problems.push(...(await verifyGenerator(fs, run, found, step)));
  for (const path of arrayPaths(metadata).filter(path => !isInTensorFolder(path)))
    problems.push(...(await verifyTableColumn(fs, run, found, path)));
  // The files are what the run holds now; what it held is gone all the same.
  for (const lost of attributes.lost ?? [])
    problems.push({ path: fileOf(run, lost.array), message: describeLost(lost), harmless: false, lost });
  problems.push(...(await verifyMetadataFiles(fs, run, found)), ...(await findStrangers(fs, run, metadata)));
  return problems;
}
