/** Damage that only a hash shows. */
import { readFile, writeFile } from 'node:fs/promises';

/** Flips a bit of the committed rows. */
export async function damageRow(path: string, byte: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[byte - 1]! ^= 1;
  await writeFile(path, bytes);
}
