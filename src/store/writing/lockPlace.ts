/** Takes a run's place for one writer, and gives it up again. */
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../shared/errors.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, errorCode, listIfThere, removeFromStore, removeTree, uniqueName } from '../disk/files.js';
import { acquireLock, type Lock, type LockOptions, removeIfDead } from '../disk/lock.js';
import { lockPath, type Place, replacedPrefix } from '../disk/place.js';
import { groupKey } from '../layout.js';

/** Longer than a checkpoint takes to be written, but on the slowest of disks. */
const mostNaps = 300;
const napMilliseconds = 100;

/** Takes the lock and clears the temporary folder: who has the lock has it alone. */
export async function lockPlace(place: Place, options: LockOptions = {}): Promise<Lock> {
  const { fs, run, temporary } = place;
  const lock = await acquireLock(fs, lockPath(run), run, options);
  try {
    await bringBack(place);
    await clear(place);
    await fs.mkdir(temporary);
    await removeDeadLocks(fs, run);
    return lock;
  } catch (error) {
    await lock.release().catch(() => {});
    throw error;
  }
}

/** Clears the temporary folder, unless it is another writer's by now or has the only run that there is. */
export async function leavePlace(place: Place, lock: Lock): Promise<void> {
  const { fs, temporary } = place;
  try {
    await lock.assertOurs();
    await bringBack(place);
    await removeTree(fs, temporary);
  } catch {
    // The next writer does it.
  }
  await lock.release();
}

/** Puts a new run, whole, where an old one may be, which goes only when the new one is there. */
export async function moveIntoPlace({ fs, run, temporary }: Place, from: string, lock: Lock): Promise<void> {
  await lock.assertOurs();
  const old = join(temporary, replacedPrefix + uniqueName('run'));
  const exists = (await entryIfThere(fs, run)) !== undefined;
  if (exists) await fs.rename(run, old);
  try {
    await fs.rename(from, run);
  } catch (error) {
    if (exists) await fs.rename(old, run);
    throw error;
  }
  await fs.syncFolder(dirname(run));
  // Under a name by which nobody brings it back: half of it is deleted for a while.
  if (exists) await removeFromStore(fs, temporary, old);
}

/**
 * Where the lock was taken over on somebody's word, the older process may be writing there after
 * all: it notices before its next commit, and until then its files appear and go. And on NFS a file
 * that a copy of the run has open stays there under another name.
 */
async function clear({ fs, run, temporary }: Place): Promise<void> {
  if (await entryIfThere(fs, join(temporary, groupKey)))
    throw new StoreError(
      `${temporary} is a run, and what is beside ${run} under that name is cleared away: move it, or choose another path`,
      temporary,
    );
  for (let naps = mostNaps; ; naps--) {
    try {
      return await removeTree(fs, temporary);
    } catch (error) {
      if (naps === 0 || !['ENOENT', 'ENOTEMPTY', 'EBUSY'].includes(errorCode(error) ?? '')) throw error;
      await sleep(napMilliseconds);
    }
  }
}

/** A run that was to be replaced, by a writer that died before the new one was there. */
async function bringBack({ fs, run, temporary }: Place): Promise<void> {
  const old = (await listIfThere(fs, temporary)).find(name => name.startsWith(replacedPrefix));
  if (old === undefined || (await entryIfThere(fs, run))) return;
  await fs.rename(join(temporary, old), run);
  await fs.syncFolder(dirname(run));
}

/** Lock files that were written but never put in their place. */
async function removeDeadLocks(fs: FileSystem, run: string): Promise<void> {
  for (const name of await listIfThere(fs, dirname(run)))
    if (name.startsWith(`${basename(lockPath(run))}.new-`)) await removeIfDead(fs, join(dirname(run), name));
}
