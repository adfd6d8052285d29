/**
 * Copies a part of a commit: a store of its own, for readers. Every file is compared with its hash on the way, and the
 * metadata name what was copied and nothing else.
 */
import { dirname, join } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { makeFolders, writeNewFile } from '../disk/files.js';
import { arrayKey, attributesKey, checkpointsGroup, consolidatedKey, fileOf } from '../layout.js';
import { checkHash, decodeChunk, filledBytes, sha256, storedBytes, wrongHash } from '../zarr/chunks.js';
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
import { HeldFiles } from './heldFiles.js';
import { listArrays } from './listArrays.js';
import { hashInManifest } from './manifestHash.js';
import type { RunAttributes } from './runAttributes.js';

export interface CopyOptions {
  /** Of an array, by its path; by default all are. */
  readonly isWanted?: (path: string) => boolean;
  /** Told before anything is written, and after each file. */
  readonly onProgress?: (copied: CopiedSoFar) => void;
  /** Asked once, before anything is written; rejects where there is no room. */
  readonly assertRoom?: (bytes: number) => Promise<void>;
}

export interface CopiedSoFar {
  readonly files: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/**
 * @param folder - a new folder on this machine
 * @returns how much was written
 * @throws StoreError naming the file that is missing or damaged
 */
export async function copyRun(
  source: Source,
  folder: string,
  { isWanted = () => true, onProgress = () => {}, assertRoom }: CopyOptions = {},
): Promise<CopiedSoFar> {
  const paths = arrayPaths(source.metadata).filter(isWanted);
  const held = await HeldFiles.open(source.fs, filesAtStake(source, paths));
  try {
    const totalBytes = await measure(source, new Set(paths));
    await assertRoom?.(totalBytes);
    const copy = new Copy(source.fs, folder, totalBytes, onProgress);
    for (const path of paths) {
      const array = findArray(source, path);
      for (const name of chunkNames(array))
        await copy.write(`${path}/${name}`, await readStored(source, held, path, array, name));
    }
    await copy.finish(selectMetadata(source.metadata, new Set(paths)));
    return copy.soFar;
  } finally {
    await held.close();
  }
}

/** Chunks of checkpoints, which a writer deletes; a good one has one of each tensor. The newest stay longest. */
const filesAtStake = (source: Source, paths: readonly string[]): string[] =>
  paths
    .filter(path => path.startsWith(`${checkpointsGroup}/`))
    .map(path => fileOf(source.run, `${path}/${chunkNames(findArray(source, path)).next().value}`))
    .reverse();

async function measure(source: Source, paths: ReadonlySet<string>): Promise<number> {
  const arrays = await listArrays(source);
  return arrays.filter(({ path }) => paths.has(path)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What is written of a copy. */
class Copy {
  soFar: CopiedSoFar;
  readonly #folders = new Set<string>();

  constructor(
    readonly fs: FileSystem,
    readonly folder: string,
    totalBytes: number,
    readonly onProgress: (copied: CopiedSoFar) => void,
  ) {
    this.soFar = { files: 0, bytes: 0, totalBytes };
    onProgress(this.soFar);
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const file = fileOf(this.folder, key);
    await explained('write the copy', file, async () => {
      if (!this.#folders.has(dirname(file))) await makeFolders(this.fs, dirname(file));
      this.#folders.add(dirname(file));
      await writeNewFile(this.fs, file, bytes);
    });
    const { files, bytes: before, totalBytes } = this.soFar;
    this.soFar = { files: files + 1, bytes: before + bytes.length, totalBytes };
    this.onProgress(this.soFar);
  }

  /** Nothing is taken for a run before its root's attributes are there: they come last. */
  async finish(metadata: Metadata): Promise<void> {
    const last = attributesKey;
    for (const [key, json] of metadata) if (key !== last) await this.write(key, encodeJson(json));
    for (const folder of this.#folders) await explained('write the copy', folder, () => this.fs.syncFolder(folder));
    await this.write(last, encodeJson(metadata.get(last)));
    await this.write(consolidatedKey, encodeConsolidated(metadata));
    await explained('write the copy', this.folder, () => this.fs.syncFolder(this.folder));
  }
}

/** A chunk as this commit has it on disk. */
async function readStored(
  source: Source,
  held: HeldFiles,
  path: string,
  array: ArrayMetadata,
  name: string,
): Promise<Uint8Array> {
  const file = fileOf(source.run, `${path}/${name}`);
  const stored = await held.read(file, storedBytes(array));
  if (!stored) throw new StoreError(`${file} is missing`, file);
  const expected = hashInManifest(source.metadata, `${path}/${name}`);
  const isWrong = expected
    ? sha256(stored) !== expected
    : checkHash(stored, decodeChunk(stored, array, file), array, source.hashes, path, name) === 'wrong';
  if (isWrong) throw new StoreError(`${file} ${wrongHash}`, file);
  return array.compressed ? stored : withoutLaterRows(stored, array, name);
}

/** What a writer has added to a chunk since is not of this commit. */
function withoutLaterRows(stored: Uint8Array, { shape, chunks, dtype }: ArrayMetadata, name: string): Uint8Array {
  const rows = shape[0]! - Number.parseInt(name, 10) * chunks[0]!;
  if (!(rows < chunks[0]!)) return stored;
  const bytes = filledBytes(stored.length, dtype);
  bytes.set(stored.subarray(0, (stored.length / chunks[0]!) * rows));
  return bytes;
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
