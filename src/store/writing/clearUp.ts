/** Makes the files of a run what its last commit says: nothing less, and nothing else. */
import { listIfThere, readFileIfThere, removeFromStore, replaceFiles } from '../disk/files.js';
import type { Place } from '../disk/place.js';
import { attributesKey, fileOf, isInTensorFolder, metricsTable, type TableSpec } from '../layout.js';
import { columnPath } from '../zarr/tables.js';
import { encodeJson } from '../zarr/zarrMetadata.js';
import { type Committed, removeUncommittedFolders, writeRoot } from './commit.js';

/**
 * Every single metadata file says what the consolidated metadata says, which hold. Those of
 * checkpoints were compared.
 */
export async function syncMetadataFiles(place: Place, { metadata }: Committed): Promise<void> {
  const { fs, run, temporary } = place;
  const stale: [string, Uint8Array][] = [];
  for (const [key, json] of metadata) {
    if (key === attributesKey || isInTensorFolder(key)) continue;
    const bytes = encodeJson(json);
    // What cannot be read, such as a link, is replaced as well.
    const there = await readFileIfThere(fs, fileOf(run, key)).catch(() => undefined);
    if (!there || Buffer.compare(there, bytes) !== 0) stale.push([fileOf(run, key), bytes]);
  }
  await replaceFiles(fs, temporary, stale);
  const root = await readFileIfThere(fs, fileOf(run, attributesKey)).catch(() => undefined);
  if (root && Buffer.compare(root, encodeJson(metadata.get(attributesKey))) === 0) return;
  const unsynced = await writeRoot(place, metadata);
  if (unsynced !== undefined) throw unsynced;
}

/** Deletes checkpoints and generators that are not committed, and chunks behind the last committed row. */
export async function removeUncommitted(place: Place, committed: Committed): Promise<void> {
  const { fs, run, temporary } = place;
  await removeUncommittedFolders(place, committed.metadata);
  const tables = [
    [metricsTable, committed.metrics.rows],
    [committed.samplesTable, committed.samples.rows],
  ] as [TableSpec<never>, number][];
  for (const [table, rows] of tables) {
    for (const column of table.columns) {
      const path = columnPath(table, column);
      for (const name of await listIfThere(fs, fileOf(run, path)))
        if (/^\d+(\.0)*$/.test(name) && Number.parseInt(name, 10) * column.chunkRows >= rows)
          await removeFromStore(fs, temporary, fileOf(run, `${path}/${name}`));
    }
  }
}
