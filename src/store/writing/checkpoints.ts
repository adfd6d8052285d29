/** Checkpoints, and generators of epochs: a group of arrays, one chunk each, and a manifest of all its files. */
import { dirname, join } from 'node:path';
import { toFloat16 } from '../../shared/float16.js';
import type { FileSystem } from '../disk/fileSystem.js';
import {
  entryIfThere,
  listTree,
  makeFolders,
  readFileIfThere,
  removeTree,
  replaceFiles,
  uniqueName,
  writeNewFile,
} from '../disk/files.js';
import {
  arrayKey,
  attributesKey,
  checkpointPath,
  fileOf,
  generatorPath,
  generatorsGroup,
  groupKey,
} from '../layout.js';
import type { Lost } from '../reading/lost.js';
import { isPosition, isSafeKey } from '../reading/runMetadata.js';
import type { Position } from '../records.js';
import { bytesOf, sha256 } from '../zarr/chunks.js';
import {
  type ArrayMetadata,
  arrayBytes,
  chunkNames,
  encodeJson,
  groupMetadata,
  isObject,
  type JsonObject,
  type Metadata,
  parseArrayMetadata,
  parseJsonObject,
  tensorMetadata,
} from '../zarr/zarrMetadata.js';

/** A named float32 array, row-major. */
export interface Tensor {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}

export interface ManifestEntry {
  bytes: number;
  sha256: string;
}

/** Attributes of a checkpoint's group. */
export interface CheckpointAttributes extends JsonObject, Position {
  config: JsonObject;
  manifest: Record<string, ManifestEntry>;
}

/** A checkpoint that is on disk under its name, whole and synced. */
export interface WrittenCheckpoint {
  position: Position;
  /** Its part of the consolidated metadata, and that of the generator which is kept beside it. */
  metadata: Metadata;
  /** SHA-256 of its `.zattrs`. */
  manifest: string;
}

/** Something wrong with a file of the store. */
export interface Problem {
  path: string;
  message: string;
  /** What a cut-off commit leaves behind: `resume` clears it, nothing is lost. */
  harmless: boolean;
  /** Metrics or samples that are lost with it. */
  lost?: Lost;
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
  tensors: Iterable<Tensor>,
  keepGenerator = false,
): Promise<WrittenCheckpoint> {
  const generator: Tensor[] = [];
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
function* collectGenerator(tensors: Iterable<Tensor>, generator: Tensor[]): Iterable<Tensor> {
  for (const tensor of tensors) {
    if (tensor.name.startsWith('generator/'))
      generator.push({ ...tensor, name: tensor.name.slice('generator/'.length), data: tensor.data.slice() });
    yield tensor;
  }
}

type TensorDtype = '<f4' | '<f2';

async function writeFolder(
  { fs, run, temporary }: { fs: FileSystem; run: string; temporary: string },
  path: string,
  described: JsonObject,
  tensors: Iterable<Tensor>,
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

async function writeTensors(fs: FileSystem, folder: string, tensors: Iterable<Tensor>, dtype: TensorDtype) {
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
  for (const { name, shape, data } of tensors) {
    await makeGroup(parentOf(name));
    await fs.mkdir(fileOf(folder, name));
    for (const [key, json] of tensorMetadata(name, shape, dtype)) await writeMetadata(key, json);
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

/** The files a checkpoint must have. Undefined when its attributes are not those of a checkpoint of this step. */
export function manifestOf(
  metadata: Metadata,
  step: number,
  folder = checkpointPath(step),
): Map<string, ManifestEntry> | undefined {
  const attributes = metadata.get(`${folder}/${attributesKey}`);
  if (!isPosition(attributes) || attributes.step !== step || !isObject(attributes.manifest)) return undefined;
  const entries = Object.entries(attributes.manifest) as [string, ManifestEntry][];
  const sound = entries.every(
    ([, entry]) => isObject(entry) && Number.isSafeInteger(entry.bytes) && typeof entry.sha256 === 'string',
  );
  return sound ? new Map(entries) : undefined;
}

/**
 * Compares every file of a checkpoint with the manifest, and the consolidated metadata with both.
 * @param manifestHash - SHA-256 that its `.zattrs` must have, where it is known
 * @returns what is wrong, nothing for a good one
 */
export const verifyCheckpoint = (
  fs: FileSystem,
  run: string,
  metadata: Metadata,
  step: number,
  manifestHash?: string,
): Promise<Problem[]> => verifyFolder({ fs, run, metadata }, step, checkpointPath(step), '<f4', manifestHash);

/** As `verifyCheckpoint`, of an epoch's generator. */
export const verifyGenerator = (fs: FileSystem, run: string, metadata: Metadata, step: number): Promise<Problem[]> =>
  verifyFolder({ fs, run, metadata }, step, generatorPath(step), '<f2');

async function verifyFolder(
  { fs, run, metadata }: { fs: FileSystem; run: string; metadata: Metadata },
  step: number,
  group: string,
  dtype: TensorDtype,
  manifestHash?: string,
): Promise<Problem[]> {
  const folder = fileOf(run, group);
  const problems: Problem[] = [];
  const report = (key: string, message: string): void => {
    const path = fileOf(folder, key);
    problems.push({ path, message: `${path} ${message}`, harmless: false });
  };
  // What is behind a link is not in the run.
  const entry = await entryIfThere(fs, folder);
  if (entry?.kind !== 'folder') {
    const what = entry ? 'is a link or a file, and no folder' : 'is missing';
    return [{ path: folder, message: `${folder} ${what}`, harmless: false }];
  }
  const manifest = manifestOf(metadata, step, group);
  if (!manifest) report(attributesKey, 'is damaged: it holds no manifest of this checkpoint');
  const files = new Map(manifest);
  const attributes = metadata.get(`${group}/${attributesKey}`);
  for (const key of [...files.keys()].filter(key => !isSafeKey(key))) {
    report(attributesKey, `is damaged: it names ${JSON.stringify(key)}, which is no path in a store`);
    files.delete(key);
  }
  for (const [key, expected] of files) {
    const problem = await checkFile(fs, fileOf(folder, key), expected);
    if (problem) report(key, problem);
    else if (isMetadataKey(key) && !(await sameJson(fs, fileOf(folder, key), metadata.get(`${group}/${key}`))))
      report(key, 'disagrees with the consolidated metadata');
  }
  if (!(await sameJson(fs, fileOf(folder, attributesKey), attributes, manifestHash)))
    report(attributesKey, 'is missing, damaged, or disagrees with the consolidated metadata');
  for (const key of await listTree(fs, folder))
    if (key !== attributesKey && !files.has(key)) report(key, 'is not in the manifest');
  for (const problem of shapeProblems(metadata, group, dtype, files)) report(problem.key, problem.message);
  return problems;
}

const isMetadataKey = (key: string): boolean => [arrayKey, attributesKey, groupKey].includes(key.split('/').at(-1)!);

async function checkFile(fs: FileSystem, path: string, expected: ManifestEntry): Promise<string | undefined> {
  const entry = await entryIfThere(fs, path);
  if (!entry) return 'is missing';
  if (entry.kind !== 'file') return 'is not a file';
  if (entry.bytes !== expected.bytes) return `is damaged: it has ${entry.bytes} bytes of ${expected.bytes}`;
  const bytes = await readOrExplain(fs, path);
  if (typeof bytes === 'string') return bytes;
  return sha256(bytes) === expected.sha256 ? undefined : 'is damaged: its content does not match the manifest';
}

/** A file that cannot be read is as good as damaged; the rest of the store may still be good. */
const readOrExplain = (fs: FileSystem, path: string): Promise<Uint8Array | string> =>
  fs.readFile(path).catch(error => `cannot be read: ${(error as Error).message}`);

async function sameJson(fs: FileSystem, path: string, json: JsonObject | undefined, hash?: string): Promise<boolean> {
  try {
    const bytes = await readFileIfThere(fs, path);
    if (!bytes || (hash !== undefined && sha256(bytes) !== hash)) return false;
    return JSON.stringify(parseJsonObject(bytes, path)) === JSON.stringify(json);
  } catch {
    return false;
  }
}

/** Arrays whose metadata ask for other chunks than the manifest has. */
function* shapeProblems(
  metadata: Metadata,
  group: string,
  dtype: TensorDtype,
  files: ReadonlyMap<string, ManifestEntry>,
) {
  const prefix = `${group}/`;
  const arrays = [...metadata.keys()].filter(key => key.startsWith(prefix) && key.endsWith(`/${arrayKey}`));
  for (const fullKey of arrays) {
    const key = fullKey.slice(prefix.length);
    const array = arrayOrProblem(metadata.get(fullKey)!, key);
    if (typeof array === 'string') {
      yield { key, message: array };
      continue;
    }
    const [chunk] = chunkNames(array);
    const expected = files.get(`${key.slice(0, -arrayKey.length)}${chunk}`);
    if (
      String(array.shape) !== String(array.chunks) ||
      array.dtype !== dtype ||
      array.compressed ||
      expected?.bytes !== arrayBytes(array)
    )
      yield { key, message: 'does not fit the chunk in the manifest' };
  }
}

/** A checkpoint whose metadata are damaged is one that is not good: an older one may be. */
function arrayOrProblem(json: JsonObject, path: string): ArrayMetadata | string {
  try {
    return parseArrayMetadata(json, path);
  } catch (error) {
    return (error as Error).message.replace(`${path} `, '');
  }
}
