/**
 * A folder of files that appears whole or not at all: written beside its place, then renamed. A
 * record in it lists its files, so that the next one replaces them and nothing that somebody else
 * put there.
 */
import { mkdir, readdir, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../shared/errors.js';

const recordName = 'published.json';

/**
 * @param write - fills the new folder
 * @throws UsageError when what is at `path` may not be replaced
 */
export async function writeSite<Result>(
  path: string,
  overwrite: boolean,
  write: (folder: string) => Promise<Result>,
): Promise<Result> {
  const place = await realpath(path).catch(() => resolve(path));
  const before = await readRecord(place, path, overwrite);
  await removeAbandoned(place);
  const folder = `${place}.tmp-${process.pid}`;
  try {
    await mkdir(folder, { recursive: true });
    const result = await write(folder);
    const files = await listFiles(folder);
    await writeFile(join(folder, recordName), `${JSON.stringify({ by: 'gan-dist publish', files })}\n`);
    if (before) await replace(place, folder, new Set([...before, recordName]), new Set([...files, recordName]), path);
    else await moveTo(folder, place);
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What was published here before; undefined where there is nothing at all. */
async function readRecord(place: string, shown: string, overwrite: boolean): Promise<string[] | undefined> {
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new UsageError(`--out expects a folder, but ${shown} is a file`);
    throw error;
  });
  if (names.length === 0) return undefined;
  if (!overwrite)
    throw new UsageError(
      `--out expects a new or an empty folder, but ${shown} is not empty; replace what was published there with --overwrite`,
    );
  const record = await readFile(join(place, recordName), 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (Array.isArray(record?.files) && record.files.every((file: unknown) => typeof file === 'string'))
    return record.files;
  throw new UsageError(
    `--overwrite replaces what publish wrote, but ${shown} has no ${recordName}: it is left alone; choose another folder`,
  );
}

async function moveTo(folder: string, place: string): Promise<void> {
  await rmdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(folder, place);
}

/** The old site makes room, the new one takes its place, and the files of others move over. */
async function replace(
  place: string,
  folder: string,
  old: Set<string>,
  next: Set<string>,
  shown: string,
): Promise<void> {
  const others = (await listFiles(place)).filter(file => !old.has(file));
  const inTheWay = others.find(file => next.has(file));
  if (inTheWay !== undefined)
    throw new UsageError(
      `${join(shown, inTheWay)} was not written by publish and would be replaced; move it, or choose another folder`,
    );
  const aside = `${place}.old-${process.pid}`;
  await rename(place, aside);
  try {
    await rename(folder, place);
  } catch (error) {
    await rename(aside, place);
    throw error;
  }
  for (const file of others) {
    await mkdir(dirname(join(place, file)), { recursive: true });
    await rename(join(aside, file), join(place, file));
  }
  await rm(aside, { recursive: true });
}

/** All that is no folder, as paths with `/`; links are files. */
async function listFiles(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries)
    if (entry.isDirectory()) files.push(...(await listFiles(join(folder, entry.name), `${prefix}${entry.name}/`)));
    else files.push(prefix + entry.name);
  return files.sort();
}

/** What a publish that was killed has left. */
async function removeAbandoned(place: string): Promise<void> {
  for (const name of await readdir(dirname(place)).catch(() => [])) {
    const pid = name.startsWith(`${basename(place)}.tmp-`) && Number(name.slice(basename(place).length + 5));
    if (pid && !isRunning(pid)) await rm(join(dirname(place), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
