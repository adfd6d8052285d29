/** One commit of a run, opened; and why it cannot be read any more, where a writer has changed the run since. */
import { sep } from 'node:path';
import { CheckpointError, StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import type { Source } from '../zarr/zarrReader.js';
import { committedSteps } from './committedSteps.js';
import type { RunMetadata } from './runAttributes.js';
import { readRunMetadata } from './runMetadata.js';

export interface Opened extends Source, RunMetadata {}

/** A run that was resumed since it was opened here has been cut back, and computed again what this commit names. */
export async function unlessChanged<T>(
  { fs, run, attributes }: Opened,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await explained(`read ${what}`, run, work);
  } catch (error) {
    if (!(error instanceof StoreError) || !error.path?.startsWith(run + sep)) throw error;
    const now = await readRunMetadata(fs, run).catch(() => undefined);
    const key = error.path
      .slice(run.length + 1)
      .split(sep)
      .join('/');
    const [before, after] = [attributes.chunks[key], now?.attributes.chunks[key]];
    if (!now || now.attributes.commit === attributes.commit || (before && before === after)) throw error;
    const why = 'the run was changed while it was read; open it again';
    throw new StoreError(`${what} of ${run} cannot be read: ${why}`, error.path, { cause: error });
  }
}

/** A writer may have deleted the checkpoint since the run was opened. */
export async function checkpointError(
  { fs, run }: Opened,
  step: number,
  message: string,
  path: string,
): Promise<CheckpointError> {
  const now = await readRunMetadata(fs, run).catch(() => undefined);
  const gone = now && !committedSteps(now.metadata).includes(step);
  const why = gone ? 'it was deleted while it was read; open the run again' : message;
  return new CheckpointError(`checkpoint ${step} of ${run} cannot be read: ${why}`, path);
}
