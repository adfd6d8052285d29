/** The runs that a page is to show. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../../shared/errors.js';
import { NoRunError, openRun } from '../../store/index.js';

export interface FoundRun {
  /** For people. */
  readonly name: string;
  /** Of the store, without links. */
  readonly path: string;
}

/**
 * A damaged run is shown all the same: its page says what is wrong, and shows it once it is mended.
 * @throws StoreError when there is none
 */
export async function findRuns(paths: readonly string[], say: (text: string) => void): Promise<FoundRun[]> {
  const places: string[] = [];
  for (const each of paths) {
    const place = await realpath(each).catch(() => path.resolve(each));
    const isFolder = await stat(place).then(
      stats => stats.isDirectory(),
      () => false,
    );
    await openRun(place).catch(error => {
      if (!(error instanceof StoreError) || error instanceof NoRunError || !isFolder) throw error;
      say(`${error.message}; the page shows it once it is mended.`);
    });
    places.push(place);
  }
  const names = nameRuns(places);
  return places.map((place, index) => ({ name: names[index]!, path: place }));
}

/** Names for people. Two runs of one name get that of their folder too. */
export function nameRuns(paths: readonly string[]): string[] {
  const short = paths.map(each => path.parse(each).name);
  const long = paths.map((each, index) => `${path.basename(path.dirname(each))}/${short[index]}`);
  const isDistinct = (names: readonly string[]) => new Set(names).size === names.length;
  if (isDistinct(short)) return short;
  return isDistinct(long) ? long : short.map((name, index) => `${name} (${index + 1})`);
}
