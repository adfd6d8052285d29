/**
 * Copies a part of a commit: a store of its own, for readers. Every file is compared with its hash on the way, and the
 * metadata name what was copied and nothing else.
 */
import { dirname, join } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import { makeFolders, readFileIfThere, writeNewFile } from '../disk/files.js';
import { arrayKey, attributesKey, consolidatedKey, fileOf } from '../layout.js';
import { checkHash, decodeChunk, sha256, storedBytes, wrongHash } from '../zarr/chunks.js';
import {
  type ArrayMetadata,
  arrayPaths,
  chunkNames,
  encodeJson,
  isObject,
  type JsonObject,
  type Metadata,
} from '../zarr/zarrMetadata.js';
import { findArray, type Source } from '../zarr/zarrReader.js';
import { encodeConsolidated } from './consolidated.js';
import type { RunAttributes } from './runAttributes.js';

/**
 * @param folder - a new folder on this machine
 * @param isWanted - of an array, by its path
 * @throws StoreError naming the file that is missing or damaged
 */
export async function copyRun(source: Source, folder: string, isWanted: (path: string) => boolean): Promise<void> {
  const paths = arrayPaths(source.metadata).filter(isWanted);
  const made = new Set<string>();
  const write = async (key: string, bytes: Uint8Array) => {
    const file = fileOf(folder, key);
    if (!made.has(dirname(file))) await makeFolders(source.fs, dirname(file));
    made.add(dirname(file));
    await writeNewFile(source.fs, file, bytes);
  };
  for (const path of paths) {
    const array = findArray(source, path);
    for (const name of chunkNames(array)) await write(`${path}/${name}`, await readStored(source, path, array, name));
  }
  const metadata = selectMetadata(source.metadata, new Set(paths));
  for (const [key, json] of metadata) await write(key, encodeJson(json));
  await write(consolidatedKey, encodeConsolidated(metadata));
}

/** A chunk as it is on disk. */
async function readStored(source: Source, path: string, array: ArrayMetadata, name: string): Promise<Uint8Array> {
  const file = fileOf(source.run, `${path}/${name}`);
  const stored = await readFileIfThere(source.fs, file, storedBytes(array));
  if (!stored) throw new StoreError(`${file} is missing`, file);
  const expected = hashInManifest(source.metadata, `${path}/${name}`);
  const isWrong = expected
    ? sha256(stored) !== expected
    : checkHash(stored, decodeChunk(stored, array, file), array, source.hashes, path, name) === 'wrong';
  if (isWrong) throw new StoreError(`${file} ${wrongHash}`, file);
  return stored;
}

/** Groups that hold their tensors' hashes are two names deep, as `checkpoints/00000468`. */
const groupOf = (key: string): string => key.split('/').slice(0, 2).join('/');

function hashInManifest(metadata: Metadata, key: string): string | undefined {
  const { manifest } = metadata.get(`${groupOf(key)}/${attributesKey}`) ?? {};
  const entry = isObject(manifest) ? manifest[key.slice(groupOf(key).length + 1)] : undefined;
  return isObject(entry) && typeof entry.sha256 === 'string' ? entry.sha256 : undefined;
}

function selectMetadata(metadata: Metadata, paths: ReadonlySet<string>): Map<string, JsonObject> {
  const groups = new Set([...paths].flatMap(groupsAbove));
  const isKept = (key: string) => {
    const owner = key.split('/').slice(0, -1).join('/');
    const isArray = metadata.has(`${owner}/${arrayKey}`);
    return isArray ? paths.has(owner) : groups.has(owner) || !owner.includes('/');
  };
  const kept = new Map([...metadata].filter(([key]) => isKept(key)));
  for (const [key, json] of kept) if (isObject(json.manifest)) kept.set(key, withManifestOf(kept, key, json));
  return describeLatest(kept);
}

/** `a/b/c` is in `a/b`, `a` and the root. */
const groupsAbove = (path: string): string[] =>
  path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'));

/** A manifest lists what is there. */
function withManifestOf(kept: Metadata, key: string, json: JsonObject): JsonObject {
  const group = key.slice(0, -attributesKey.length);
  const isThere = (name: string) =>
    kept.has(group + name) || kept.has(`${join(group, dirname(name)).replaceAll('\\', '/')}/${arrayKey}`);
  const entries = Object.entries(json.manifest as JsonObject).filter(([name]) => isThere(name));
  return { ...json, manifest: Object.fromEntries(entries) };
}

/** The root names the newest checkpoint by the hash of its attributes, as they are now. */
function describeLatest(kept: Map<string, JsonObject>): Map<string, JsonObject> {
  const root = kept.get(attributesKey) as RunAttributes;
  const group = [...kept].find(([key, json]) => key.startsWith('checkpoints/') && json.step === root.latest?.step);
  const latest = group && root.latest && { ...root.latest, manifest: sha256(encodeJson(group[1])) };
  return kept.set(attributesKey, { ...root, latest: latest ?? null });
}
