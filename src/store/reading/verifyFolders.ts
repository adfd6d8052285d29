/** Finds what is in the folders of a run and is no part of it, links among them. */
import { join } from 'node:path';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, listIfThere } from '../disk/files.js';
import { checkpointName, checkpointsGroup, consolidatedKey, fileOf, generatorsGroup, runFolders } from '../layout.js';
import type { Metadata } from '../zarr/zarrMetadata.js';
import { committedSteps } from './committedSteps.js';
import type { Problem } from './problem.js';

/**
 * Folders of the run that are something else, such as a link to a folder elsewhere: what is written
 * there is not in the run.
 */
export async function findLinkedFolders(fs: FileSystem, run: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const folder of runFolders) {
    const path = fileOf(run, folder);
    const entry = await entryIfThere(fs, path);
    if (!entry || entry.kind === 'folder') continue;
    const message = `${path} is a link or a file: nothing is written through it; put the folder itself in its place`;
    problems.push({ path, message, harmless: false });
  }
  return problems;
}

/** What is in the store's folders and is not part of the run. */
export async function findStrangers(fs: FileSystem, run: string, metadata: Metadata): Promise<Problem[]> {
  const problems: Problem[] = [];
  const known = new Map([['', new Set([consolidatedKey])]]);
  for (const key of metadata.keys()) {
    const parts = key.split('/');
    for (const [depth, part] of parts.entries()) {
      const folder = parts.slice(0, depth).join('/');
      known.set(folder, (known.get(folder) ?? new Set()).add(part));
    }
  }
  for (const folder of ['', checkpointsGroup, generatorsGroup, 'metrics', 'samples']) {
    const isOfTensors = folder === checkpointsGroup || folder === generatorsGroup;
    const committed = new Set(isOfTensors ? committedSteps(metadata, folder).map(checkpointName) : []);
    for (const name of await listIfThere(fs, fileOf(run, folder))) {
      if (known.get(folder)?.has(name) || committed.has(name)) continue;
      const path = join(fileOf(run, folder), name);
      const harmless = isOfTensors && (await entryIfThere(fs, path))?.kind === 'folder';
      problems.push({ path, message: `${path} is not part of the run`, harmless });
    }
  }
  return problems;
}
