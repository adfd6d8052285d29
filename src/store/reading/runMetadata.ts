/**
 * Reads what is committed of a run. Replacing the consolidated metadata is the commit: who reads
 * them sees all of a commit or none. The single metadata files say the same, unless a commit was
 * cut off.
 */
import { join } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, readFileIfThere } from '../disk/files.js';
import { attributesKey, consolidatedKey } from '../layout.js';
import { collectMetadata } from './collectMetadata.js';
import { parseConsolidated } from './consolidated.js';
import { findNoRun } from './noRun.js';
import { NewerFormatError, type RunMetadata, withAttributes } from './runAttributes.js';

/**
 * What is committed. If `.zmetadata` is damaged, the single files tell it.
 * @param run - path of the store
 * @throws StoreError when there is no run, or one of a newer format, or nothing of it can be read
 */
export async function readRunMetadata(fs: FileSystem, run: string): Promise<RunMetadata> {
  try {
    const bytes = await readFileIfThere(fs, join(run, consolidatedKey));
    if (!bytes) throw new StoreError(`${join(run, consolidatedKey)} is missing`);
    return withAttributes(run, parseConsolidated(bytes, join(run, consolidatedKey)));
  } catch (error) {
    if (!(error instanceof StoreError) || error instanceof NewerFormatError) throw error;
    const nothing = await findNoRun(fs, run);
    if (nothing) throw nothing;
    if (!(await entryIfThere(fs, join(run, attributesKey)))) throw error;
    const collected = await collectMetadata(fs, run).catch(second => {
      throw second instanceof StoreError && !(second instanceof NewerFormatError)
        ? neither(run, error, second)
        : second;
    });
    return { ...withAttributes(run, collected), damage: error.message };
  }
}

const neither = (run: string, first: StoreError, second: StoreError): StoreError =>
  new StoreError(
    `${run} cannot be opened: ${first.message}, and ${second.message}; put one of the two back from a copy (nothing was changed)`,
    run,
  );
