/**
 * One process writes a run. The lock is a file beside it that names its owner (lockOwner.ts), and
 * that the kernel keeps locked as long as the owner lives. It is made by `link`, which fails if the
 * name is taken and shows the whole content at once, so nobody ever reads half a lock.
 */
import { createHash } from 'node:crypto';
import { LockError } from '../../shared/errors.js';
import type { FileLock } from './fileLock.js';
import type { FileSystem } from './fileSystem.js';
import { entryIfThere, errorCode, fillFile, readFileIfThere, uniqueName, writeNewFile } from './files.js';
import { encodeOwner, type FormerOwner, groundsToTakeOver, lifeOfOwner, parseOwner, refusal } from './lockOwner.js';
import { describeThisProcess, lifeOf, type ProcessIdentity } from './processes.js';

export interface Lock {
  readonly path: string;
  /** Who held it and is gone, or is taken to be, if it was taken over. */
  readonly takenOverFrom?: FormerOwner;
  /** @throws LockError when it was taken over meanwhile: this process must not write any more */
  assertOurs(): Promise<void>;
  /** Gives it up, if it is still ours. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** The lock of a process that cannot be seen from here is taken over. */
  readonly takeOver?: boolean;
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
export async function acquireLock(
  fs: FileSystem,
  path: string,
  run: string,
  options: LockOptions = {},
  depth = 0,
): Promise<Lock> {
  const ours = await writeOurs(fs, path);
  try {
    const { content, takenOverFrom } = await take(fs, path, ours, run, options, depth);
    return {
      path,
      takenOverFrom,
      assertOurs: () => assertOurs(fs, path, content, run),
      release: () => releaseLock(fs, path, content).finally(() => ours.kernelLock?.release()),
    };
  } catch (error) {
    ours.kernelLock?.release();
    throw error;
  } finally {
    await fs.unlink(ours.temporary).catch(() => {});
  }
}

/** Who holds the lock and still runs, or may; undefined when nobody does. */
export async function findLiveOwner(fs: FileSystem, path: string): Promise<ProcessIdentity | undefined> {
  const owner = parseOwner(await readFileIfThere(fs, path));
  return owner && (await lifeOfOwner(fs, path, owner)) !== 'dead' ? owner : undefined;
}

/** Removes a lock file that was written but never put in its place, if its process died in between. */
export async function removeIfDead(fs: FileSystem, path: string): Promise<void> {
  const owner = parseOwner(await readFileIfThere(fs, path));
  if (owner && (await lifeOfOwner(fs, path, owner)) === 'dead') await fs.unlink(path).catch(() => {});
}

/** Gives up a lock that a thread of this process held when it died. */
export async function releaseLockOfDeadThread(fs: FileSystem, path: string): Promise<void> {
  const owner = parseOwner(await readFileIfThere(fs, path));
  if (owner?.pid === process.pid && (await lifeOf(owner, true)) === 'alive') await fs.unlink(path);
}

/** A lock file of this process under another name, before anybody can see it as the lock. */
interface Ours {
  readonly temporary: string;
  readonly identity: ProcessIdentity;
  readonly content: Uint8Array;
  readonly kernelLock?: FileLock;
}

/** It is locked while it is still empty: whoever reads what it says finds it locked. */
async function writeOurs(fs: FileSystem, path: string): Promise<Ours> {
  const identity = await describeThisProcess();
  const temporary = `${path}.${uniqueName('new')}`;
  const file = await fs.create(temporary);
  const found = fs.lockFile(temporary, true);
  const kernelLock = found === 'taken' ? undefined : found;
  const content = encodeOwner(kernelLock ? { ...identity, kernelLock: true } : identity);
  try {
    await fillFile(file, temporary, content);
    return { temporary, identity, content, kernelLock };
  } catch (error) {
    kernelLock?.release();
    await fs.unlink(temporary).catch(() => {});
    throw error;
  }
}

/** @returns what the lock says now */
async function take(
  fs: FileSystem,
  path: string,
  ours: Ours,
  run: string,
  options: LockOptions,
  depth: number,
): Promise<{ content: Uint8Array; takenOverFrom?: FormerOwner }> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const content = await putIfFree(fs, ours, path);
    if (content) return { content };
    const dead = await readDeadOwner(fs, path, run, ours, options);
    if (!dead) continue; // Released in the meantime.
    const right = await acquireLock(fs, dead.guardPath, run, options, nextDepth(depth, path));
    try {
      if (!sameBytes(await readFileIfThere(fs, path), dead.content)) continue;
      await fs.rename(ours.temporary, path);
      return { content: ours.content, takenOverFrom: dead.owner };
    } finally {
      await right.release();
    }
  }
  throw new LockError(`the lock ${path} changes hands all the time; try again`, path);
}

/** @returns what the lock says, or undefined if there is one already */
async function putIfFree(fs: FileSystem, ours: Ours, path: string): Promise<Uint8Array | undefined> {
  try {
    await fs.link(ours.temporary, path);
    return ours.content;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
    return createIfFree(fs, ours, path);
  }
}

/**
 * On file systems without hard links (exFAT, some network mounts) exclusive creation is nearly as
 * good. That file is another than the one that is locked in the kernel, and must not say that it is.
 */
async function createIfFree(fs: FileSystem, { identity }: Ours, path: string): Promise<Uint8Array | undefined> {
  const content = encodeOwner(identity);
  try {
    await writeNewFile(fs, path, content);
    return content;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** The owner, if it may be taken over; undefined when the lock is gone. */
async function readDeadOwner(fs: FileSystem, path: string, run: string, ours: Ours, { takeOver }: LockOptions) {
  const entry = await entryIfThere(fs, path);
  // A link is not followed: who put it there could make this process read, and believe, any file.
  const content = entry?.kind === 'file' ? await readFileIfThere(fs, path) : undefined;
  if (!content && (!entry || entry.kind === 'file')) return undefined;
  const owner = parseOwner(content);
  if (!content || !owner)
    throw new LockError(`${path} is not a lock of gan-dist; if nothing writes ${run}, delete it`, path);
  const life = await lifeOfOwner(fs, path, owner);
  const grounds = groundsToTakeOver(owner, life, ours.identity, takeOver);
  if (!grounds) throw await refusal(fs, path, run, owner, life);
  const id = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const guardPath = `${path.replace(/\.takeover-[0-9a-f]+$/, '')}.takeover-${id}`;
  return { owner: { ...owner, grounds }, content, guardPath };
}

function nextDepth(depth: number, path: string): number {
  if (depth >= 8)
    throw new LockError(`too many processes died while taking over ${path}; delete it and its .takeover files`, path);
  return depth + 1;
}

async function assertOurs(fs: FileSystem, path: string, content: Uint8Array, run: string): Promise<void> {
  const found = await readFileIfThere(fs, path);
  if (sameBytes(found, content)) return;
  const owner = parseOwner(found);
  const who = owner ? `process ${owner.pid} on ${owner.host} has taken it over` : `${path} is gone`;
  throw new LockError(`${run} is not this process’s any more: ${who}; nothing more is written`, path, owner);
}

async function releaseLock(fs: FileSystem, path: string, content: Uint8Array): Promise<void> {
  if (sameBytes(await readFileIfThere(fs, path), content)) await fs.unlink(path);
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.compare(a, b) === 0;
