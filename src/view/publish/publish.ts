/** The page with what it needs of runs, as static files: any file host serves them. */
import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isOfOptimizer } from '../../model/plan.js';
import { checkpointName, type Run } from '../../store/index.js';
import { pageFolder } from '../pageFolder.js';
import { writeSite } from './writeSite.js';

export interface PublishedRun {
  readonly name: string;
  readonly run: Run;
}

export interface PublishOptions {
  readonly runs: readonly PublishedRun[];
  readonly out: string;
  /** Replace what was published there before. */
  readonly overwrite: boolean;
  /** Every checkpoint, with its velocities: a run that can be gone on with. */
  readonly all: boolean;
}

/**
 * All or nothing.
 * @returns how much was written
 * @throws UsageError when something else is at `out`, StoreError when a run cannot be read
 */
export async function publish({
  runs,
  out,
  overwrite,
  all,
}: PublishOptions): Promise<{ files: number; bytes: number }> {
  return writeSite(out, overwrite, async folder => {
    await cp(pageFolder, folder, { recursive: true });
    const places = runs.map(({ name }, index) => ({ name, path: `runs/${index}/`, published: true }));
    for (const [index, { run }] of runs.entries())
      await run.copyTo(join(folder, places[index]!.path), all ? {} : { isWanted: isShown(run) });
    await writeFile(join(folder, 'runs.json'), `${JSON.stringify(places, null, 2)}\n`);
    // GitHub's pages leave out names that begin with a dot, unless this is there.
    await writeFile(join(folder, '.nojekyll'), '');
    return measure(folder);
  });
}

/** The page shows everything but older checkpoints, and draws digits with the networks of the newest. */
function isShown(run: Run): (path: string) => boolean {
  const newest = run.latest && `checkpoints/${checkpointName(run.latest.step)}`;
  const isOptimizers = optimizersPart(run);
  return path => {
    if (!isWithin(path, 'checkpoints')) return true;
    return newest !== null && isWithin(path, newest) && !isOptimizers(posix.relative(newest, posix.dirname(path)));
  };
}

/** Whether a folder of a checkpoint has nothing but optimizer state in it: its arrays, and the groups above them. */
function optimizersPart(run: Run): (folder: string) => boolean {
  const { tensors, state } = run.plan;
  const slots = state.filter(isOfOptimizer);
  return folder =>
    slots.some(({ name }) => isWithin(folder, name) || isWithin(name, folder)) &&
    !tensors.some(({ name }) => isWithin(name, folder));
}

/** Everything is within the empty path. */
const isWithin = (path: string, folder: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

async function measure(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile());
  const sizes = await Promise.all(
    files.map(async file => (await stat(join(file.parentPath ?? file.path, file.name))).size),
  );
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
