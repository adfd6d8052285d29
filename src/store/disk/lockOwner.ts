/**
 * Who has the lock of a run, and whether it is dead: by the kernel, which lets go of a lock with
 * its process in whatever container that was; by the process's number, which only those see that
 * share its numbers; else by the word of the scheduler, or of a person. Never by time that has
 * passed: an owner that was only paused would wake up and write.
 */
import { LockError } from '../../shared/errors.js';
import { ganDist } from '../../shared/program.js';
import { quoteForShell } from '../../shared/shell.js';
import type { FileSystem } from './fileSystem.js';
import { entryIfThere } from './files.js';
import { isRestartOf } from './job.js';
import { type Life, lifeOf, type ProcessIdentity } from './processes.js';

/** Why a lock was taken over: its owner is dead, or dead by the word of the scheduler or of the user. */
export type Grounds = 'dead' | 'job' | 'told';

export interface FormerOwner extends ProcessIdentity {
  readonly grounds: Grounds;
}

export const encodeOwner = (owner: ProcessIdentity): Uint8Array => Buffer.from(`${JSON.stringify(owner, null, 2)}\n`);

/** Undefined for what is no lock, or not a whole one. */
export function parseOwner(content: Uint8Array | undefined): ProcessIdentity | undefined {
  try {
    const owner = JSON.parse(Buffer.from(content!).toString());
    return Number.isSafeInteger(owner?.pid) && typeof owner.host === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An owner that says `kernelLock` saw the file on a disk of its machine. Where that file can be
 * locked here too, it is the same disk, and only this kernel can hold the lock: that of a container
 * whose start of the machine has another name, and that of a disk which was moved here, included.
 */
export async function lifeOfOwner(fs: FileSystem, path: string, owner: ProcessIdentity): Promise<Life> {
  const probe = owner.kernelLock ? fs.lockFile(path, false) : undefined;
  if (probe === 'taken') return 'alive';
  if (!probe) return lifeOf(owner, fs.isLocal(path));
  probe.release();
  return 'dead';
}

/** Why this process, `us`, may take the lock over; undefined if it may not. */
export function groundsToTakeOver(
  owner: ProcessIdentity,
  life: Life,
  us: ProcessIdentity,
  takeOver = false,
): Grounds | undefined {
  if (life === 'dead') return 'dead';
  if (life === 'alive') return undefined;
  return isRestartOf(us, owner) ? 'job' : takeOver ? 'told' : undefined;
}

export async function refusal(
  fs: FileSystem,
  path: string,
  run: string,
  owner: ProcessIdentity,
  life: Life,
): Promise<LockError> {
  const who = `process ${owner.pid} on ${owner.host}, started ${owner.started ?? owner.since}`;
  if (life === 'alive')
    return new LockError(`${run} is being written by ${who}; wait until it ends, or stop it`, path, owner);
  const advice = (await entryIfThere(fs, run))
    ? `go on with ${ganDist} resume ${quoteForShell(run)} --take-over (and your other flags)`
    : `delete ${path}: there is no run yet`;
  return new LockError(
    `${run} was locked by ${who}, which cannot be seen from here; if you know that it does not run any more, ${advice}`,
    path,
    owner,
  );
}
