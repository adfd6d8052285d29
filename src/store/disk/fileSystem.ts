/**
 * The one door to the disk. Everything the store does to files goes through these operations, so that a test can count
 * them, make the n-th one fail, or keep the files in memory and drop what was not synced.
 */
import { constants, type Stats } from 'node:fs';
import { link, lstat, mkdir, open, readdir, readFile, realpath, rename, rmdir, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FileLock, isLocal, lockFile } from './fileLock.js';

/** A new file, open for writing. */
export interface NewFile {
  /** Writes some of the bytes, at least one unless the disk is full; answers how many. */
  write(bytes: Uint8Array): Promise<number>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A file open for reading: its content stays when its name is deleted, or given to another file. */
export interface OpenFile {
  readonly bytes: number;
  read(): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface Entry {
  kind: 'file' | 'folder' | 'other';
  bytes: number;
}

/** Errors are Node's, with their `code`. */
export interface FileSystem {
  /** Creates a file that must not exist, symbolic links included. */
  create(path: string): Promise<NewFile>;
  readFile(path: string): Promise<Uint8Array>;
  /** Opens a file as it is now; a symbolic link is refused. */
  open(path: string): Promise<OpenFile>;
  /** The first bytes of a file, so many or fewer. */
  readStart(path: string, bytes: number): Promise<Uint8Array>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  list(path: string): Promise<string[]>;
  /** What is at the path itself: a symbolic link is `other`. */
  entry(path: string): Promise<Entry>;
  realpath(path: string): Promise<string>;
  /** Bytes that this user may still write on the disk of `path`. */
  freeBytes(path: string): Promise<number>;
  /** The kernel's lock of a file; undefined where there is none (fileLock.ts). */
  lockFile(path: string, exclusive: boolean): FileLock | 'taken' | undefined;
  /** Whether it is surely on a disk of this machine, which no other has at the same time. */
  isLocal(path: string): boolean;
  /** Files and folders that it has still room for; undefined where it does not count them. */
  freeFiles(path: string): Promise<number | undefined>;
}

/** The error `ENOSPC` of a disk that has bytes left, and no inode for another file. */
export const noInodes = Symbol('no inodes');

export const nodeFileSystem: FileSystem = {
  async create(path) {
    const handle = await newName(path, () => open(path, 'wx'));
    return {
      write: async bytes => (await handle.write(bytes)).bytesWritten,
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  readFile: path => readFile(path),
  async open(path) {
    // Windows knows no such flag.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const { size } = await handle.stat();
    return { bytes: size, read: () => handle.readFile(), close: () => handle.close() };
  },
  async readStart(path, bytes) {
    const handle = await open(path);
    try {
      const buffer = new Uint8Array(bytes);
      return buffer.subarray(0, (await handle.read(buffer, 0, bytes, 0)).bytesRead);
    } finally {
      await handle.close();
    }
  },
  rename,
  link,
  unlink,
  mkdir: async path => void (await newName(path, () => mkdir(path))),
  rmdir: path => rmdir(path),
  syncFolder,
  list: path => readdir(path),
  entry: async path => entryOf(await lstat(path)),
  realpath: path => realpath(path),
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  lockFile,
  isLocal,
  freeFiles,
};

async function freeFiles(path: string): Promise<number | undefined> {
  const { files, ffree } = await statfs(path);
  return files > 0 ? ffree : undefined;
}

/** Says of a disk that is full what it lacks, at once: what is cleaned up later makes room. */
async function newName<T>(path: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      const left = await freeFiles(dirname(path)).catch(() => undefined);
      if (left === 0) Object.assign(error as Error, { [noInodes]: true });
    }
    throw error;
  }
}

/** Some file systems cannot sync a folder and say so; Windows cannot open one. There is nothing better to do there. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

function entryOf(stats: Stats): Entry {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  return { kind, bytes: stats.size };
}
