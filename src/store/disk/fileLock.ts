/**
 * The kernel's lock of a file, flock(2): it is let go with the process that holds it, however that ended, and every
 * container of the machine sees whether it is held. Node has no call for it, so set-up compiles one
 * (scripts/setup/fileLock.cc); where that is missing there is no such lock.
 */
import { closeSync, constants, openSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants as system } from 'node:os';

export interface FileLock {
  release(): void;
}

interface Addon {
  /** 0, or the number of an error. */
  flock(descriptor: number, exclusive: boolean): number;
}

/**
 * File systems whose locks this kernel keeps by itself: ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS, F2FS, bcachefs
 * (`f_type` in statfs(2)). A server's lock may be lost while its holder lives, which would prove nothing.
 */
const localFileSystems = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010, 0xca451a4e,
]);

let loaded: { readonly addon: Addon | undefined } | undefined;

/**
 * @param exclusive - to hold it; otherwise to see whether it is held, which does not disturb others who look
 * @returns undefined where there is no such lock, or no such file
 */
export function lockFile(path: string, exclusive: boolean): FileLock | 'taken' | undefined {
  loaded ??= { addon: loadAddon() };
  const { addon } = loaded;
  if (!addon || !isLocal(path)) return undefined;
  const descriptor = openIfThere(path);
  if (descriptor === undefined) return undefined;
  const error = addon.flock(descriptor, exclusive);
  if (error === 0) return { release: () => closeSync(descriptor) };
  closeSync(descriptor);
  return error === system.errno.EWOULDBLOCK ? 'taken' : undefined;
}

function loadAddon(): Addon | undefined {
  try {
    return createRequire(import.meta.url)('./fileLock.node');
  } catch {
    return undefined;
  }
}

/** By its number and not as a FileHandle, which would close it when nobody refers to it any more. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** Whether only this machine can have the file open, as far as can be told. */
export function isLocal(path: string): boolean {
  // Elsewhere there are no containers, and what kind of disk it is cannot be told.
  if (process.platform !== 'linux') return true;
  try {
    return localFileSystems.has(statfsSync(path).type);
  } catch {
    return false;
  }
}
