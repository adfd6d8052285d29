/** The plain scripts of the package (set-up runs before anything is compiled), for the commands that call them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a script in `scripts/`, in a clone as in an installed package. */
export function findScript(name: string): string {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('..', folder);
    if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`);
    folder = parent;
  }
  return fileURLToPath(new URL(`scripts/${name}`, folder));
}
