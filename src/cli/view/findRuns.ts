/** The runs that a page is to show. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../../shared/errors.js';
import { openRun } from '../../store/index.js';

export interface FoundRun {
  /** For people. */
  readonly name: string;
  /** Of the store, without links. */
  readonly path: string;
}

/**
 * A damaged run is shown all the same: its page says what is wrong, and shows it once it is mended.
 * @throws StoreError when there is no folder
 */
export async function findRuns(paths: readonly string[], say: (text: string) => void): Promise<FoundRun[]> {
  const found: FoundRun[] = [];
  for (const each of paths) {
    const place = await realpath(each).catch(() => path.resolve(each));
    const isFolder = await stat(place).then(
      stats => stats.isDirectory(),
      () => false,
    );
    await openRun(place).catch(error => {
      if (!(error instanceof StoreError) || !isFolder) throw error;
      say(`gan-dist: ${error.message}`);
    });
    found.push({ name: path.parse(place).name, path: place });
  }
  return distinguish(found);
}

/** Two runs of one name get that of their folder too. */
function distinguish(runs: FoundRun[]): FoundRun[] {
  if (new Set(runs.map(({ name }) => name)).size === runs.length) return runs;
  const longer = runs.map(run => ({ ...run, name: `${path.basename(path.dirname(run.path))}/${run.name}` }));
  if (new Set(longer.map(({ name }) => name)).size === runs.length) return longer;
  return runs.map((run, index) => ({ ...run, name: `${run.name} (${index + 1})` }));
}
