/** Writes checkpoints, and generators of epochs: a group of arrays, one chunk each, and a manifest of all its files. */
import { dirname, join } from 'node:path';
import type { TensorPlan } from '../../model/plan.js';
import { toFloat16 } from '../../shared/float16.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, makeFolders, removeTree, replaceFiles, uniqueName, writeNewFile } from '../disk/files.js';
import {
  attributesKey,
  checkpointPath,
  fileOf,
  generatorPath,
  generatorsGroup,
  groupKey,
  type TensorDtype,
} from '../layout.js';
import type { ManifestEntry } from '../reading/verifyCheckpoint.js';
import type { Position, Tensor } from '../records.js';
import { bytesOf, sha256 } from '../zarr/chunks.js';
import { encodeJson, groupMetadata, type JsonObject, type Metadata, tensorMetadata } from '../zarr/zarrMetadata.js';

/** Attributes of a checkpoint's group. */
export interface CheckpointAttributes extends JsonObject, Position {
  config: JsonObject;
  manifest: Record<string, ManifestEntry>;
}

/** A tensor of the state with its numbers, row major. */
export type WrittenTensor = Tensor & Pick<TensorPlan, 'dimensions' | 'network' | 'role'>;

/** A checkpoint that is on disk under its name, whole and synced. */
export interface WrittenCheckpoint {
  position: Position;
  /** Its part of the consolidated metadata, and that of the generator which is kept beside it. */
  metadata: Metadata;
  /** SHA-256 of its `.zattrs`. */
  manifest: string;
}

/**
 * Writes a checkpoint aside, syncs all of it, and renames it to its place. It is committed when `.zmetadata` names it.
 * @param temporary - an existing folder on the same file system; whatever fails leaves nothing there
 * @param keepGenerator - whether its generator is kept for good besides, in float16
 */
export async function writeCheckpoint(
  fs: FileSystem,
  run: string,
  temporary: string,
  position: Position,
  config: JsonObject,
  tensors: Iterable<WrittenTensor>,
  keepGenerator = false,
): Promise<WrittenCheckpoint> {
  const generator: WrittenTensor[] = [];
  const place = { fs, run, temporary };
  const seen = keepGenerator ? collectGenerator(tensors, generator) : tensors;
  const checkpoint = await writeFolder(place, checkpointPath(position.step), { ...position, config }, seen, '<f4');
  const { metadata, manifest } = checkpoint;
  if (keepGenerator) {
    const groupFile = `${generatorsGroup}/${groupKey}`;
    await makeFolders(fs, fileOf(run, generatorsGroup));
    await replaceFiles(fs, temporary, [[fileOf(run, groupFile), encodeJson(groupMetadata)]]);
    const kept = await writeFolder(place, generatorPath(position.step), { ...position }, generator, '<f2');
    for (const [key, json] of [[groupFile, groupMetadata] as const, ...kept.metadata]) metadata.set(key, json);
  }
  return { position, metadata, manifest };
}

/** Passes tensors on, and keeps copies of those of the generator, by their names in it. */
function* collectGenerator(tensors: Iterable<WrittenTensor>, generator: WrittenTensor[]): Iterable<WrittenTensor> {
  for (const tensor of tensors) {
    const { name, network, role, data } = tensor;
    if (network === 'generator' && (role === 'parameter' || role === 'statistic'))
      generator.push({ ...tensor, name: name.slice(`${network}/`.length), data: data.slice() });
    yield tensor;
  }
}

async function writeFolder(
  { fs, run, temporary }: { fs: FileSystem; run: string; temporary: string },
  path: string,
  described: JsonObject,
  tensors: Iterable<WrittenTensor>,
  dtype: TensorDtype,
): Promise<{ metadata: Map<string, JsonObject>; manifest: string }> {
  const folder = join(temporary, uniqueName('checkpoint'));
  try {
    const { files, metadata } = await writeTensors(fs, folder, tensors, dtype);
    const attributes = { ...described, manifest: Object.fromEntries(files) };
    const bytes = encodeJson(attributes);
    await writeNewFile(fs, join(folder, attributesKey), bytes);
    for (const path of foldersOf(files.keys()).reverse()) await fs.syncFolder(join(folder, path));
    const place = fileOf(run, path);
    // What has the name but was never committed is from a commit that failed.
    if (await entryIfThere(fs, place)) await fs.rename(place, join(temporary, uniqueName('removed')));
    await fs.rename(folder, place);
    await fs.syncFolder(dirname(place));
    metadata.set(attributesKey, attributes);
    const prefixed = new Map([...metadata].map(([key, json]) => [`${path}/${key}`, json]));
    return { metadata: prefixed, manifest: sha256(bytes) };
  } catch (error) {
    await removeTree(fs, folder).catch(() => {});
    throw error;
  }
}

async function writeTensors(fs: FileSystem, folder: string, tensors: Iterable<WrittenTensor>, dtype: TensorDtype) {
  const files = new Map<string, ManifestEntry>();
  const metadata = new Map<string, JsonObject>();
  const made = new Set<string>();
  const write = async (key: string, bytes: Uint8Array): Promise<void> => {
    await writeNewFile(fs, fileOf(folder, key), bytes);
    files.set(key, { bytes: bytes.length, sha256: sha256(bytes) });
  };
  const writeMetadata = async (key: string, json: JsonObject): Promise<void> => {
    metadata.set(key, json);
    await write(key, encodeJson(json));
  };
  const makeGroup = async (path: string): Promise<void> => {
    if (made.has(path)) return;
    if (path !== '') await makeGroup(parentOf(path));
    await fs.mkdir(path === '' ? folder : fileOf(folder, path));
    await writeMetadata(path === '' ? groupKey : `${path}/${groupKey}`, groupMetadata);
    made.add(path);
  };
  for (const { name, shape, dimensions, data } of tensors) {
    await makeGroup(parentOf(name));
    await fs.mkdir(fileOf(folder, name));
    for (const [key, json] of tensorMetadata(name, shape, dimensions, dtype)) await writeMetadata(key, json);
    await write(`${name}/${shape.map(() => 0).join('.')}`, bytesOf(dtype === '<f2' ? toFloat16(data) : data));
  }
  return { files, metadata };
}

const parentOf = (path: string): string => path.split('/').slice(0, -1).join('/');

/** All folders of the files, parents first. */
function foldersOf(files: Iterable<string>): string[] {
  const folders = new Set<string>(['']);
  for (const file of files) {
    const parts = file.split('/').slice(0, -1);
    for (const [index] of parts.entries()) folders.add(parts.slice(0, index + 1).join('/'));
  }
  return [...folders].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}
