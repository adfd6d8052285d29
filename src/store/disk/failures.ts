/** Turns what the operating system says into what a user can act on. */
import { GanDistError, StoreError } from '../../shared/errors.js';
import { describeLimit } from '../../shared/limits.js';
import { noInodes } from './fileSystem.js';
import { errorCode } from './files.js';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT:
    'your disk quota of bytes or of files is used up (quota -s shows it); delete some files, or choose another disk',
  EACCES: 'permission denied; choose a folder you may write, or change its permissions',
  EPERM: 'the operation is not permitted there; choose another folder',
  EROFS: 'the file system is read-only; choose another folder',
  EIO: 'the disk reported an input/output error; check the disk',
  ENAMETOOLONG: 'the path is too long; choose a shorter one',
  ENOTDIR: 'part of the path is a file, not a folder',
  ENOENT: 'a file or folder is not there any more; did something else change the run?',
};

/**
 * A StoreError that says what could not be done, why, and where; errors that already are tagged stay as they are.
 * @param doing - completes "could not …"
 */
export function explain(error: unknown, doing: string, path: string): GanDistError {
  if (error instanceof GanDistError) return error;
  const code = errorCode(error);
  const where = (error as NodeJS.ErrnoException).path ?? path;
  const reason = reasonOf(error, code) ?? (error instanceof Error ? error.message : String(error));
  return new StoreError(`could not ${doing}: ${reason} (${code ? `${code}, ` : ''}${where})`, where, { cause: error });
}

const inodesLeft =
  'the disk has room, but no inode for another file (df -i); delete some files, or choose another disk';

function reasonOf(error: unknown, code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (Object.hasOwn(error as object, noInodes)) return inodesLeft;
  return reasons[code] ?? (['EFBIG', 'EMFILE', 'ENFILE'].includes(code) ? describeLimit(code) : undefined);
}

/** Runs `work`; what it throws is explained. */
export async function explained<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A bug is not the disk's fault: it keeps its class and stack.
    if (errorCode(error) === undefined || error instanceof TypeError) throw error;
    throw explain(error, doing, path);
  }
}
