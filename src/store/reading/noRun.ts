/** What is at a place where there is no run: a zip of one, the folder that it is in, a folder inside of it, or nothing. */
import { dirname, join } from 'node:path';
import { describeNames } from '../../shared/describeNames.js';
import { StoreError } from '../../shared/errors.js';
import { describeForeign, tellingBytes } from '../../shared/foreignContent.js';
import { quoteForShell } from '../../shared/shell.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, listIfThere } from '../disk/files.js';
import { replacedPrefix, temporaryFolder } from '../disk/place.js';
import {
  attributesKey,
  checkpointsGroup,
  consolidatedKey,
  fileOf,
  runFolders,
  stepOfCheckpointName,
} from '../layout.js';
import { NoRunError, noRun } from './runAttributes.js';

/**
 * The error that says so; undefined where there may be a damaged run.
 * @param run - where it was looked for
 */
export async function findNoRun(fs: FileSystem, run: string): Promise<StoreError | undefined> {
  const entry = await entryIfThere(fs, run);
  const outer = await findOuterRun(fs, run);
  if (outer !== undefined) return new NoRunError(`${run} is inside of a run: name the run itself, ${outer}`, run);
  if (!entry) return new NoRunError(`there is no run at ${run}${await describeReplaced(fs, run)}`, run);
  if (entry.kind === 'file') return describeFile(fs, run);
  if (await entryIfThere(fs, join(run, attributesKey))) return undefined;
  if (await entryIfThere(fs, join(run, consolidatedKey))) return undefined;
  return describeFolder(fs, run);
}

/** A run that was to be replaced by another, whose writer died in between: the next writer there brings it back. */
async function describeReplaced(fs: FileSystem, run: string): Promise<string> {
  const folder = temporaryFolder(run);
  const name = (await listIfThere(fs, folder).catch(() => [])).find(each => each.startsWith(replacedPrefix));
  if (name === undefined) return '';
  return `; the one that was to be replaced is whole: mv ${quoteForShell(join(folder, name))} ${quoteForShell(run)}`;
}

/** The run that a path leads into. */
export async function findOuterRun(fs: FileSystem, path: string): Promise<string | undefined> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (await isRun(fs, folder)) return folder;
  }
  return undefined;
}

const isRun = async (fs: FileSystem, folder: string): Promise<boolean> =>
  (await entryIfThere(fs, join(folder, consolidatedKey)).catch(() => undefined)) !== undefined &&
  (await entryIfThere(fs, fileOf(folder, checkpointsGroup)).catch(() => undefined)) !== undefined;

async function describeFile(fs: FileSystem, file: string): Promise<StoreError> {
  const start = Buffer.from(await fs.readStart(file, tellingBytes));
  const foreign = describeForeign(start, 'a run');
  if (foreign === undefined) return noRun(file);
  const isZip = start.toString('latin1', 0, 4) === 'PK\x03\x04';
  return new NoRunError(`${file} ${foreign}${isZip ? `, with ${unzip(start, file)}, and name the folder` : ''}`, file);
}

/** Some zips have the run's folder in them, others only what is in it, as zarr's ZipStore. */
function unzip(start: Buffer, file: string): string {
  const first = start.toString('utf8', 30, 30 + start.readUInt16LE(26)).split('/')[0]!;
  const isInside = first.startsWith('.z') || runFolders.includes(first);
  const target = isInside ? file.replace(/(\.zarr)?\.zip$/i, '.zarr') : dirname(file);
  return `unzip ${quoteForShell(file)} -d ${quoteForShell(target === file ? `${file}.zarr` : target)}`;
}

async function describeFolder(fs: FileSystem, folder: string): Promise<StoreError> {
  const checkpoints = await listIfThere(fs, fileOf(folder, checkpointsGroup));
  if (checkpoints.some(name => stepOfCheckpointName(name) !== undefined)) {
    const message = `${folder} has checkpoints, but ${consolidatedKey} and ${attributesKey} are missing: put one of the two back from a copy`;
    return new StoreError(message, folder);
  }
  const runs: string[] = [];
  for (const name of await listIfThere(fs, folder)) if (await isRun(fs, join(folder, name))) runs.push(name);
  if (runs.length === 0) return noRun(folder);
  return new NoRunError(
    `${folder} is no run but a folder with ${runs.length === 1 ? 'one' : 'some'} in it: ${describeNames(runs, '')}; name one, such as ${join(folder, runs[0]!)}`,
    folder,
  );
}
