/**
 * Paths as people write them: in configs, behind `--set`, and on a command line where the shell left them as they were.
 * `~` is the home folder there, as it is in the shell; what cannot be a name that they mean is refused.
 */
import { join, resolve } from 'node:path';
import { homeFolder } from './homeFolder.js';

const beginsAtHome = (text: string): boolean => text === '~' || text.startsWith('~/');

/** The same path without `~`. A folder that is really called so is `./~`. */
export function expandHome(text: string): string {
  const home = beginsAtHome(text) ? homeFolder() : undefined;
  return home === undefined ? text : join(home, text.slice(1));
}

/** As `path.resolve`, and `~` is the home folder. */
export const resolvePath = (folder: string, text: string): string => resolve(folder, expandHome(text));

/** Why a text is no path that a person can mean: completes "--run …". Undefined where nothing is wrong with it. */
export function problemOfPath(text: string): string | undefined {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  const found = `found ${JSON.stringify(shown)}`;
  if (text === '') return 'expects a path, found ""';
  if (beginsAtHome(text) && homeFolder() === undefined)
    return `expects a path, ${found}, and this user has no home folder: set HOME, or write the path in full`;
  if (text.startsWith('~') && !beginsAtHome(text))
    return `expects a path, ${found}: only ~/ stands for a home folder, your own; write another's in full, or ./${shown} for a name that begins with ~`;
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(text))
    return `expects a path on this machine, ${found}: download it first, and name the copy`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f-\x9f]/.test(text))
    return `expects a path without control characters such as line breaks, ${found}: rename it first`;
  // Node puts this character where bytes are no UTF-8: the path would be another.
  if (text.includes('\ufffd')) return `expects a path in UTF-8, ${found}: rename it first`;
  return undefined;
}
