/**
 * One process writes a run. The lock is a file beside it that names its owner; it is made by `link`, which fails if the
 * name is taken and shows the whole content at once, so nobody ever reads half a lock.
 */
import { createHash } from 'node:crypto';
import { LockError } from '../../shared/errors.js';
import type { FileSystem } from './fileSystem.js';
import { entryIfThere, errorCode, readFileIfThere, uniqueName, writeNewFile } from './files.js';
import { describeThisProcess, findOut, type ProcessIdentity } from './processes.js';

export interface Lock {
  readonly path: string;
  /** The dead process that held it, if it was taken over. */
  readonly takenOverFrom?: ProcessIdentity;
  /** Gives it up, if it is still ours. */
  release(): Promise<void>;
}

/**
 * Takes the lock, or takes it over from a process that is gone.
 *
 * Two may find the same dead owner at once. So the right to replace a lock is itself a lock, named
 * after the content that is to be replaced: as long as the content is there, only the one holder of
 * that right may change it, and who gets the right looks again before using it. If that holder dies
 * too, its lock is taken over in the same way.
 * @throws LockError when a live process holds it, or one that cannot be seen from here
 */
export async function acquireLock(fs: FileSystem, path: string, run: string, depth = 0): Promise<Lock> {
  const content = encode(await describeThisProcess());
  const takenOverFrom = await take(fs, path, content, run, depth);
  return { path, takenOverFrom, release: () => releaseLock(fs, path, content) };
}

/** Who holds the lock and still runs, or may; undefined when nobody does. */
export async function findLiveOwner(fs: FileSystem, path: string): Promise<ProcessIdentity | undefined> {
  const owner = parseOwner(await readFileIfThere(fs, path));
  return owner && (await findOut(owner)) !== 'dead' ? owner : undefined;
}

/** Gives up a lock that a thread of this process held when it died. */
export async function releaseLockOfDeadThread(fs: FileSystem, path: string): Promise<void> {
  const owner = parseOwner(await readFileIfThere(fs, path));
  if (owner?.pid === process.pid && (await findOut(owner)) === 'alive') await fs.unlink(path);
}

async function take(fs: FileSystem, path: string, content: Uint8Array, run: string, depth: number) {
  const temporary = `${path}.${uniqueName('new')}`;
  try {
    await writeNewFile(fs, temporary, content);
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await linkIfFree(fs, temporary, path, content)) return undefined;
      const dead = await readDeadOwner(fs, path, run);
      if (!dead) continue; // Released in the meantime.
      const right = await acquireLock(fs, `${dead.guardPath}`, run, nextDepth(depth, path));
      try {
        if (!sameBytes(await readFileIfThere(fs, path), dead.content)) continue;
        await fs.rename(temporary, path);
        return dead.owner;
      } finally {
        await right.release();
      }
    }
    throw new LockError(`the lock ${path} changes hands all the time; try again`, path);
  } finally {
    await fs.unlink(temporary).catch(() => {});
  }
}

async function linkIfFree(fs: FileSystem, temporary: string, path: string, content: Uint8Array): Promise<boolean> {
  try {
    await fs.link(temporary, path).catch(error => {
      // File systems without hard links (exFAT, some network mounts): exclusive creation is nearly as good there.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
      return writeNewFile(fs, path, content);
    });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The owner, if it is surely dead; undefined when the lock is gone. */
async function readDeadOwner(fs: FileSystem, path: string, run: string) {
  const entry = await entryIfThere(fs, path);
  // A link is not followed: who put it there could make this process read, and believe, any file.
  const content = entry?.kind === 'file' ? await readFileIfThere(fs, path) : undefined;
  if (!content && (!entry || entry.kind === 'file')) return undefined;
  const owner = parseOwner(content);
  if (!content || !owner)
    throw new LockError(`${path} is not a lock of gan-dist; if nothing writes ${run}, delete it`, path);
  const state = await findOut(owner);
  if (state !== 'dead') throw refusal(owner, path, run, state);
  const id = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { owner, content, guardPath: `${path.replace(/\.takeover-[0-9a-f]+$/, '')}.takeover-${id}` };
}

function refusal(owner: ProcessIdentity, path: string, run: string, state: 'alive' | 'unknown'): LockError {
  const who = `process ${owner.pid} on ${owner.host}, started ${owner.started ?? owner.since}`;
  const message =
    state === 'alive'
      ? `${run} is being written by ${who}; wait until it ends, or stop it`
      : `${run} was locked by ${who}, which cannot be seen from here; if it does not run any more, delete ${path}`;
  return new LockError(message, path, owner);
}

function nextDepth(depth: number, path: string): number {
  if (depth >= 8)
    throw new LockError(`too many processes died while taking over ${path}; delete it and its .takeover files`, path);
  return depth + 1;
}

async function releaseLock(fs: FileSystem, path: string, content: Uint8Array): Promise<void> {
  if (sameBytes(await readFileIfThere(fs, path), content)) await fs.unlink(path);
}

const encode = (owner: ProcessIdentity): Uint8Array => Buffer.from(`${JSON.stringify(owner, null, 2)}\n`);
const sameBytes = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.compare(a, b) === 0;

function parseOwner(content: Uint8Array | undefined): ProcessIdentity | undefined {
  try {
    const owner = JSON.parse(Buffer.from(content!).toString());
    return Number.isSafeInteger(owner?.pid) && typeof owner.host === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}
