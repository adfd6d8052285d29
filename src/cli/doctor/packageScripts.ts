/**
 * Files of the package beside the compiled ones: its plain scripts (set-up runs before anything is
 * compiled), its version.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a script in `scripts/`. */
export const findScript = (name: string): string => findPackageFile(`scripts/${name}`);

/** The path of a file, relative to `package.json`, in a clone as in an installed package. */
export function findPackageFile(name: string): string {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('..', folder);
    if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`);
    folder = parent;
  }
  return fileURLToPath(new URL(name, folder));
}
