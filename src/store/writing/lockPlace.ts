/** Takes a run's place for one writer. */
import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../disk/fileSystem.js';
import { errorCode, listIfThere, removeTree } from '../disk/files.js';
import { acquireLock, type Lock } from '../disk/lock.js';
import { lockPath, type Place } from '../disk/place.js';

/** Takes the lock and clears the temporary folder: who has the lock has it alone. */
export async function lockPlace({ fs, run, temporary }: Place): Promise<Lock> {
  const lock = await acquireLock(fs, lockPath(run), run);
  try {
    await removeTree(fs, temporary);
    await fs.mkdir(temporary);
    for (const name of await listIfThere(fs, dirname(run)))
      if (name.startsWith(`${basename(lockPath(run))}.new-`)) await removeDeadLock(fs, join(dirname(run), name));
    return lock;
  } catch (error) {
    await lock.release().catch(() => {});
    throw error;
  }
}

/** A lock file that was written but never linked, by a process that died in between. */
async function removeDeadLock(fs: FileSystem, path: string): Promise<void> {
  const pid = Number(path.match(/\.new-(\d+)-[0-9a-f]+$/)?.[1]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') await fs.unlink(path).catch(() => {});
  }
}
