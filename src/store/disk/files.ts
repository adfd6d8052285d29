/** Durable files: what these functions have written is there after a power cut, whole, or not at all. */
import { randomBytes } from 'node:crypto';
import { dirname, join, parse } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import type { Entry, FileSystem, NewFile } from './fileSystem.js';

export const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;
const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');

/** A name that nobody else uses, to be put into the temporary folder. */
export const uniqueName = (what: string): string => `${what}-${process.pid}-${randomBytes(6).toString('hex')}`;

/**
 * Replaces or creates files, atomically each: all are written and synced under temporary names, then renamed in order,
 * then their folders are synced, once each.
 * @param temporary - an existing folder on the same file system
 * @param files - path and content; the folders exist
 */
export async function replaceFiles(
  fs: FileSystem,
  temporary: string,
  files: readonly (readonly [path: string, bytes: Uint8Array])[],
): Promise<void> {
  const waiting = files.map(([path, bytes]) => ({ from: join(temporary, uniqueName('file')), path, bytes }));
  try {
    for (const { from, bytes } of waiting) await writeNewFile(fs, from, bytes);
    for (const { from, path } of waiting) await fs.rename(from, path);
    for (const folder of new Set(waiting.map(({ path }) => dirname(path)))) await fs.syncFolder(folder);
  } catch (error) {
    for (const { from } of waiting) await fs.unlink(from).catch(() => {});
    throw error;
  }
}

/** Creates and syncs one file; its name is durable when its folder has been synced. */
export async function writeNewFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  await fillFile(await fs.create(path), path, bytes);
}

/** Writes, syncs and closes a new file. */
export async function fillFile(file: NewFile, path: string, bytes: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      const count = await file.write(bytes.subarray(written));
      // A file system that takes nothing and says nothing is full.
      if (!(count > 0)) throw Object.assign(new Error(`nothing could be written to ${path}`), { code: 'ENOSPC', path });
      written += count;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a folder and those above it, each synced into its parent. An existing folder is fine,
 * anything else is not. (The `recursive` of Node 20's mkdir never ends in a folder such as /proc.)
 */
export async function makeFolders(fs: FileSystem, path: string): Promise<void> {
  const there = await entryIfThere(fs, path);
  if (there?.kind === 'folder' || path === parse(path).root) return;
  if (there?.kind === 'other' && (await entryIfThere(fs, await fs.realpath(path)))?.kind === 'folder') return;
  if (there) throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR', path });
  await makeFolders(fs, dirname(path));
  await fs.mkdir(path).catch(error => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  await fs.syncFolder(dirname(path));
}

/**
 * More than any file of a store that is read whole, but for the tensors of a checkpoint, whose size
 * is in its manifest.
 */
const maximumFileBytes = 2 ** 29;

/**
 * The file's content, or undefined when it is not there. Devices, pipes and links are not read, nor what is larger than
 * `most`: neither has an end that memory could hold.
 * @throws StoreError for those
 */
export async function readFileIfThere(
  fs: FileSystem,
  path: string,
  most = maximumFileBytes,
): Promise<Uint8Array | undefined> {
  const entry = await entryIfThere(fs, path);
  if (!entry) return undefined;
  if (entry.kind !== 'file') throw new StoreError(`${path} is not a regular file`, path);
  if (entry.bytes > most)
    throw new StoreError(`${path} is damaged: it has ${entry.bytes} bytes, and at most ${most} are expected`, path);
  return fs.readFile(path).catch(error => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

export async function entryIfThere(fs: FileSystem, path: string): Promise<Entry | undefined> {
  return fs.entry(path).catch(error => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/** Names in a folder, sorted; none when it is not there. */
export async function listIfThere(fs: FileSystem, path: string): Promise<string[]> {
  return fs.list(path).then(
    names => names.sort(),
    error => {
      if (isMissing(error)) return [];
      throw error;
    },
  );
}

/** All files under a folder, as `/`-separated paths relative to it; symbolic links count as files. */
export async function listTree(fs: FileSystem, folder: string, prefix = ''): Promise<string[]> {
  const files: string[] = [];
  for (const name of await listIfThere(fs, folder)) {
    const path = join(folder, name);
    if ((await entryIfThere(fs, path))?.kind === 'folder')
      files.push(...(await listTree(fs, path, `${prefix}${name}/`)));
    else files.push(prefix + name);
  }
  return files;
}

/** Deletes whatever is at the path; symbolic links are not followed. */
export async function removeTree(fs: FileSystem, path: string): Promise<void> {
  const entry = await entryIfThere(fs, path);
  if (!entry) return;
  if (entry.kind !== 'folder') return fs.unlink(path);
  for (const name of await fs.list(path)) await removeTree(fs, join(path, name));
  await fs.rmdir(path);
}

/** Takes something out of the store at once, by a rename, and deletes it at leisure: nobody meets half of it. */
export async function removeFromStore(fs: FileSystem, temporary: string, path: string): Promise<void> {
  if (!(await entryIfThere(fs, path))) return;
  const away = join(temporary, uniqueName('removed'));
  await fs.rename(path, away);
  await fs.syncFolder(dirname(path));
  await removeTree(fs, away);
}

/** What may still be written where `path` is or will be: bytes, and files if the disk counts them. */
export async function freeRoom(fs: FileSystem, path: string): Promise<{ bytes: number; files: number | undefined }> {
  let folder = path;
  while (!(await entryIfThere(fs, folder)) && folder !== dirname(folder)) folder = dirname(folder);
  return { bytes: await fs.freeBytes(folder), files: await fs.freeFiles(folder) };
}
