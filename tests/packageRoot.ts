/** Where the package is, from wherever its compiled tests run. */
import { existsSync } from 'node:fs';

function findRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const parent = new URL('..', folder);
  if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`);
  return findRoot(parent);
}

/** The folder of package.json, as a URL ending with a slash. */
export const packageRoot = findRoot(new URL('.', import.meta.url));
