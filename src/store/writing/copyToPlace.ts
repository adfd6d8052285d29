/**
 * A whole copy of a run, also of one that is being written: everything that one commit holds, compared with its hashes
 * on the way. It is there whole or not at all, under the lock of its place, and is the same run: `resume` goes on with it.
 */
import { basename, join, sep } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import { freeRoom, removeTree, uniqueName } from '../disk/files.js';
import { findPlace, lockPath, type Place, temporaryFolder } from '../disk/place.js';
import type { CopiedSoFar } from '../reading/copyRun.js';
import { ChangedRunError } from '../reading/opened.js';
import { openRun, type Run } from '../reading/run.js';
import { assertFree } from './assertFree.js';
import { leavePlace, lockPlace, moveIntoPlace } from './lockPlace.js';

export interface CopyToOptions {
  /** Replace a run that is there. It goes only when the copy is whole. */
  readonly overwrite?: boolean;
  readonly onProgress?: (copied: CopiedSoFar) => void;
  /** What a person should know: that the copy begins again, with a newer commit. */
  readonly onNotice?: (message: string) => void;
  readonly fileSystem?: FileSystem;
}

/** Of a run whose checkpoints are deleted before they can be opened, or that is resumed again and again. */
const mostAttempts = 10;

/**
 * Copies the last commit of the run at `from`.
 * @returns the commit that was copied, as it was opened, where the copy is, and how much it is
 * @throws StoreError when there is no run, a file of it is damaged, or something is at `to`; LockError when another
 * process writes there
 */
export async function copyToPlace(
  from: string,
  to: string,
  options: CopyToOptions = {},
): Promise<{ copied: Run; path: string } & CopiedSoFar> {
  const { overwrite = false, fileSystem: fs = nodeFileSystem } = options;
  const { path: run } = await openRun(from, fs);
  return explained('copy the run', to, async () => {
    assertApart(run, (await findPlace(fs, to)).run);
    const assertMayGo = (place: Place) => assertFree(place, overwrite, 'copy to another path');
    const place = await findPlace(fs, to, true);
    // Links among the folders that were made now lead elsewhere, perhaps.
    assertApart(run, place.run);
    await assertMayGo(place);
    const lock = await lockPlace(place);
    try {
      await assertMayGo(place);
      const aside = join(place.temporary, uniqueName('copy'));
      const result = await copyCommit(run, aside, place, options);
      await moveIntoPlace(place, aside, lock);
      return { ...result, path: place.run };
    } finally {
      await leavePlace(place, lock).catch(() => {});
    }
  });
}

/** One's files must not be among the other's, nor among those beside a run that its next writer clears away. */
function assertApart(run: string, to: string): void {
  const isWithin = (path: string, folder: string) => path === folder || path.startsWith(folder + sep);
  const areasOf = (path: string) => [path, temporaryFolder(path), lockPath(path)];
  if (areasOf(run).some(area => isWithin(to, area)) || areasOf(to).some(area => isWithin(run, area)))
    throw new StoreError(
      `${to} is no place for a copy of ${run}: one is within the other, or within its .tmp or .lock; choose another`,
      to,
    );
}

async function copyCommit(run: string, aside: string, place: Place, options: CopyToOptions) {
  const { fs } = place;
  for (let attempt = 1; ; attempt++) {
    const copied = await openRun(run, fs);
    try {
      const assertRoom = (bytes: number) => assertSpace(place, bytes);
      return { copied, ...(await copied.copyTo(aside, { onProgress: options.onProgress, assertRoom })) };
    } catch (error) {
      await removeTree(fs, aside);
      const { commit } = copied.attributes;
      if (!(error instanceof ChangedRunError)) throw isOf(run, error) ? notCopied(error as StoreError) : error;
      if (attempt === mostAttempts)
        throw new StoreError(
          `${run} changes sooner than it can be opened: ${error.message}; try again, or let it keep more checkpoints (output.keep)`,
          run,
          { cause: error },
        );
      options.onNotice?.(`commit ${commit} of ${basename(run)} is gone already; copying a newer one`);
    }
  }
}

const isOf = (run: string, error: unknown): boolean =>
  error instanceof StoreError && error.path !== undefined && error.path.startsWith(run + sep);

const notCopied = ({ message, path, cause }: StoreError): StoreError =>
  new StoreError(
    `${message}; nothing was copied, as a copy holds only what is whole: inspect --verify lists what is damaged`,
    path,
    { cause },
  );

async function assertSpace({ fs, run, temporary }: Place, bytes: number): Promise<void> {
  const { bytes: free } = await freeRoom(fs, temporary);
  if (free >= bytes) return;
  const megabytes = (count: number) => `${Math.ceil(count / 1e6)} MB`;
  throw new StoreError(
    `the disk of ${run} has ${megabytes(free)} free, and the copy needs ${megabytes(bytes)}: free some space, or choose another disk`,
    run,
  );
}
