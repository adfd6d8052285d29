/** Whether a run may be put at a place: where nothing is, or a run that may go. */
import { StoreError } from '../../shared/errors.js';
import { entryIfThere } from '../disk/files.js';
import type { Place } from '../disk/place.js';
import { findOuterRun } from '../reading/noRun.js';
import { readRunMetadata } from '../reading/runMetadata.js';

/**
 * @param otherwise - what to do about a run that is there, besides `--overwrite`
 * @throws StoreError naming what is there and what to do
 */
export async function assertFree(
  { fs, run }: Place,
  overwrite: boolean,
  otherwise = 'continue it with --resume',
): Promise<void> {
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
  if (!overwrite) throw new StoreError(`${run} exists; ${otherwise}, or delete and replace it with --overwrite`, run);
}
