/** Collects the metadata of a run from their single files, where the consolidated ones are gone. */
import { StoreError } from '../../shared/errors.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, listIfThere, readFileIfThere } from '../disk/files.js';
import { arrayKey, attributesKey, checkpointsGroup, fileOf, groupKey } from '../layout.js';
import { type JsonObject, type Metadata, parseJsonObject } from '../zarr/zarrMetadata.js';
import { committedSteps, withoutCheckpoints, withoutGeneratorsAfter } from './committedSteps.js';
import { withAttributes } from './runAttributes.js';

/** The metadata from the single files; what a cut-off commit left in them is ignored. */
export async function collectMetadata(fs: FileSystem, run: string): Promise<Metadata> {
  const metadata = new Map<string, JsonObject>();
  const collect = async (folder: string): Promise<void> => {
    for (const name of [groupKey, attributesKey, arrayKey]) {
      const key = folder === '' ? name : `${folder}/${name}`;
      const bytes = await readFileIfThere(fs, fileOf(run, key));
      if (bytes) {
        const json = parseOrSkip(bytes, fileOf(run, key), key);
        if (json) metadata.set(key, json);
      }
    }
    if (metadata.has(`${folder}/${arrayKey}`)) return;
    for (const name of await listIfThere(fs, fileOf(run, folder))) {
      const child = folder === '' ? name : `${folder}/${name}`;
      if ((await entryIfThere(fs, fileOf(run, child)))?.kind === 'folder') await collect(child);
    }
  };
  await collect('');
  const { attributes } = withAttributes(run, metadata);
  for (const group of ['metrics', 'samples'] as const) cutShapes(metadata, group, attributes.rows[group]);
  const later = committedSteps(metadata).filter(step => step > (attributes.latest?.step ?? -1));
  return withoutGeneratorsAfter(withoutCheckpoints(metadata, later), attributes.latest?.step ?? -1);
}

/** Of a checkpoint a damaged file is as good as a missing one: another checkpoint stands in. */
function parseOrSkip(bytes: Uint8Array, path: string, key: string): JsonObject | undefined {
  try {
    return parseJsonObject(bytes, path);
  } catch (error) {
    if (!(error instanceof StoreError) || !key.startsWith(`${checkpointsGroup}/`)) throw error;
    return undefined;
  }
}

function cutShapes(metadata: Map<string, JsonObject>, group: string, rows: number): void {
  for (const [key, json] of metadata) {
    if (!key.startsWith(`${group}/`) || !key.endsWith(`/${arrayKey}`) || !Array.isArray(json.shape)) continue;
    metadata.set(key, { ...json, shape: [rows, ...json.shape.slice(1)] });
  }
}
