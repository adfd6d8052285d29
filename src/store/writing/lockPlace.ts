/** Takes a run's place for one writer. */
import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../disk/fileSystem.js';
import { listIfThere, removeTree } from '../disk/files.js';
import { acquireLock, type Lock, type LockOptions, removeIfDead } from '../disk/lock.js';
import { lockPath, type Place } from '../disk/place.js';

/** Takes the lock and clears the temporary folder: who has the lock has it alone. */
export async function lockPlace({ fs, run, temporary }: Place, options: LockOptions = {}): Promise<Lock> {
  const lock = await acquireLock(fs, lockPath(run), run, options);
  try {
    await removeTree(fs, temporary);
    await fs.mkdir(temporary);
    await removeDeadLocks(fs, run);
    return lock;
  } catch (error) {
    await lock.release().catch(() => {});
    throw error;
  }
}

/** Lock files that were written but never put in their place. */
async function removeDeadLocks(fs: FileSystem, run: string): Promise<void> {
  for (const name of await listIfThere(fs, dirname(run)))
    if (name.startsWith(`${basename(lockPath(run))}.new-`)) await removeIfDead(fs, join(dirname(run), name));
}
