/** One commit of a run, opened; and why it cannot be read any more, where a writer has changed the run since. */
import { sep } from 'node:path';
import { CheckpointError, StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import type { Source } from '../zarr/zarrReader.js';
import { committedSteps } from './committedSteps.js';
import { hashInManifest } from './manifestHash.js';
import type { RunMetadata } from './runAttributes.js';
import { readRunMetadata } from './runMetadata.js';

/** What cannot be read of a commit, as the run has moved on; of the next one it may be. */
export class ChangedRunError extends StoreError {
  override get name(): string {
    return 'StoreError';
  }
}

export interface Opened extends Source, RunMetadata {}

/** A run that was resumed since it was opened here has been cut back, and computed again what this commit names. */
export async function unlessChanged<T>(opened: Opened, what: string, work: () => Promise<T>): Promise<T> {
  const { fs, run, attributes } = opened;
  try {
    return await explained(`read ${what}`, run, work);
  } catch (error) {
    if (!(error instanceof StoreError) || !error.path?.startsWith(run + sep)) throw error;
    const now = await readRunMetadata(fs, run).catch(() => undefined);
    const key = error.path
      .slice(run.length + 1)
      .split(sep)
      .join('/');
    const [before, after] = [opened, now].map(each => each && expectedHash(each, key));
    if (!now || now.attributes.commit === attributes.commit || (before && before === after)) throw error;
    const why = 'the run was changed while it was read; open it again';
    throw new ChangedRunError(`${what} of ${run} cannot be read: ${why}`, error.path, { cause: error });
  }
}

const expectedHash = ({ metadata, attributes }: RunMetadata, key: string): string | undefined =>
  attributes.chunks[key] ?? hashInManifest(metadata, key);

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
