/** A folder as one small file, for stores that are kept as they were made. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync, strToU8, unzipSync, zipSync } from 'fflate';

/** @param isWanted - of the files, by path below the folder */
export async function zipFolder(folder: string, isWanted: (path: string) => boolean = () => true): Promise<Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const isFolder = (await stat(join(folder, name))).isDirectory();
    if (isFolder) files[`${name}/`] = strToU8('');
    else if (isWanted(name)) files[name] = await readFile(join(folder, name));
  }
  // Compressed as one: the many small files are alike.
  return gzipSync(zipSync(files, { level: 0, mtime: '2026-01-01' }), { level: 9, mtime: 0 });
}

export async function unzipFolder(zip: Uint8Array, folder: string): Promise<void> {
  for (const [path, bytes] of Object.entries(unzipSync(gunzipSync(zip)))) {
    await mkdir(path.endsWith('/') ? join(folder, path) : dirname(join(folder, path)), { recursive: true });
    if (!path.endsWith('/')) await writeFile(join(folder, path), bytes);
  }
}
