/**
 * One process writes a run. The lock is a file beside it that names its owner; it is made by `link`, which fails if the
 * name is taken and shows the whole content at once, so nobody ever reads half a lock.
 */
import { createHash } from 'node:crypto';
import { LockError } from '../../shared/errors.js';
import { quoteForShell } from '../../shared/shell.js';
import type { FileLock } from './fileLock.js';
import type { FileSystem } from './fileSystem.js';
import { entryIfThere, errorCode, readFileIfThere, uniqueName, writeNewFile } from './files.js';
import { isRestartOf } from './job.js';
import { compareKernels, describeThisProcess, findOut, type ProcessIdentity, type State } from './processes.js';

export interface Lock {
  readonly path: string;
  /** Who held it and is gone, or is taken to be, if it was taken over. */
  readonly takenOverFrom?: FormerOwner;
  /** @throws LockError when it was taken over meanwhile: this process must not write any more */
  assertOurs(): Promise<void>;
  /** Gives it up, if it is still ours. */
  release(): Promise<void>;
}

/** Why a lock was taken over: its owner is dead, or dead by the word of the scheduler or of the user. */
export type Grounds = 'dead' | 'job' | 'told';

export interface FormerOwner extends ProcessIdentity {
  readonly grounds: Grounds;
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
    const takenOverFrom = await take(fs, path, ours, run, options, depth);
    return {
      path,
      takenOverFrom,
      assertOurs: () => assertOurs(fs, path, ours.content, run),
      release: () => releaseLock(fs, path, ours),
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
  return owner && (await findOutOwner(fs, path, owner)) !== 'dead' ? owner : undefined;
}

/** Removes a lock file that was written but never put in its place, if its process died in between. */
export async function removeIfDead(fs: FileSystem, path: string): Promise<void> {
  const owner = parseOwner(await readFileIfThere(fs, path));
  if (owner && (await findOutOwner(fs, path, owner)) === 'dead') await fs.unlink(path).catch(() => {});
}

/** Gives up a lock that a thread of this process held when it died. */
export async function releaseLockOfDeadThread(fs: FileSystem, path: string): Promise<void> {
  const owner = parseOwner(await readFileIfThere(fs, path));
  if (owner?.pid === process.pid && (await findOut(owner)) === 'alive') await fs.unlink(path);
}

/** A lock file of this process under another name: whole, and locked in the kernel, before anybody can see it. */
interface Ours {
  readonly temporary: string;
  readonly content: Uint8Array;
  readonly kernelLock?: FileLock;
}

async function writeOurs(fs: FileSystem, path: string): Promise<Ours> {
  const identity = await describeThisProcess();
  const temporary = `${path}.${uniqueName('new')}`;
  try {
    const content = encode({ ...identity, kernelLock: true });
    await writeNewFile(fs, temporary, content);
    const kernelLock = fs.lockFile(temporary, true);
    if (kernelLock && kernelLock !== 'taken') return { temporary, content, kernelLock };
    await fs.unlink(temporary);
    const plain = encode(identity);
    await writeNewFile(fs, temporary, plain);
    return { temporary, content: plain };
  } catch (error) {
    await fs.unlink(temporary).catch(() => {});
    throw error;
  }
}

async function take(
  fs: FileSystem,
  path: string,
  ours: Ours,
  run: string,
  options: LockOptions,
  depth: number,
): Promise<FormerOwner | undefined> {
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await linkIfFree(fs, ours, path)) return undefined;
    const dead = await readDeadOwner(fs, path, run, ours, options);
    if (!dead) continue; // Released in the meantime.
    const right = await acquireLock(fs, dead.guardPath, run, options, nextDepth(depth, path));
    try {
      if (!sameBytes(await readFileIfThere(fs, path), dead.content)) continue;
      await fs.rename(ours.temporary, path);
      return dead.owner;
    } finally {
      await right.release();
    }
  }
  throw new LockError(`the lock ${path} changes hands all the time; try again`, path);
}

async function linkIfFree(fs: FileSystem, { temporary, content }: Ours, path: string): Promise<boolean> {
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
async function readDeadOwner(fs: FileSystem, path: string, run: string, ours: Ours, { takeOver }: LockOptions) {
  const entry = await entryIfThere(fs, path);
  // A link is not followed: who put it there could make this process read, and believe, any file.
  const content = entry?.kind === 'file' ? await readFileIfThere(fs, path) : undefined;
  if (!content && (!entry || entry.kind === 'file')) return undefined;
  const owner = parseOwner(content);
  if (!content || !owner)
    throw new LockError(`${path} is not a lock of gan-dist; if nothing writes ${run}, delete it`, path);
  const state = await findOutOwner(fs, path, owner);
  const grounds = groundsToTakeOver(owner, state, parseOwner(ours.content)!, takeOver);
  if (!grounds) throw refusal(owner, path, run, state);
  const id = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return {
    owner: { ...owner, grounds },
    content,
    guardPath: `${path.replace(/\.takeover-[0-9a-f]+$/, '')}.takeover-${id}`,
  };
}

/**
 * By the kernel's lock, which every container of this machine sees. A lock that another start of a
 * kernel left on a disk of this machine is dead: the machine was restarted, or the disk was moved
 * here. Else by the process's number, which only those see that share its numbers.
 */
async function findOutOwner(fs: FileSystem, path: string, owner: ProcessIdentity): Promise<State> {
  const kernel = await compareKernels(owner);
  if (kernel === 'other' && fs.isLocal(path)) return 'dead';
  const probe = owner.kernelLock && kernel === 'same' ? fs.lockFile(path, false) : undefined;
  if (probe === 'taken') return 'alive';
  if (!probe) return findOut(owner);
  probe.release();
  return 'dead';
}

function groundsToTakeOver(
  owner: ProcessIdentity,
  state: State,
  us: ProcessIdentity,
  takeOver = false,
): Grounds | undefined {
  if (state === 'dead') return 'dead';
  if (state === 'alive') return undefined;
  return isRestartOf(us, owner) ? 'job' : takeOver ? 'told' : undefined;
}

function refusal(owner: ProcessIdentity, path: string, run: string, state: State): LockError {
  const who = `process ${owner.pid} on ${owner.host}, started ${owner.started ?? owner.since}`;
  const message =
    state === 'alive'
      ? `${run} is being written by ${who}; wait until it ends, or stop it`
      : `${run} was locked by ${who}, which cannot be seen from here; if you know that it does not run any more, go on with npx gan-dist resume ${quoteForShell(run)} --take-over`;
  return new LockError(message, path, owner);
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

async function releaseLock(fs: FileSystem, path: string, { content, kernelLock }: Ours): Promise<void> {
  try {
    if (sameBytes(await readFileIfThere(fs, path), content)) await fs.unlink(path);
  } finally {
    kernelLock?.release();
  }
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
