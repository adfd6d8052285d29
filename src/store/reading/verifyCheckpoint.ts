/** Checks a checkpoint, or an epoch's generator, against the manifest of all its files. */
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, listTree, readFileIfThere } from '../disk/files.js';
import {
  arrayKey,
  attributesKey,
  checkpointPath,
  fileOf,
  generatorPath,
  groupKey,
  type TensorDtype,
} from '../layout.js';
import { sha256 } from '../zarr/chunks.js';
import {
  type ArrayMetadata,
  arrayBytes,
  chunkNames,
  isObject,
  type JsonObject,
  type Metadata,
  parseArrayMetadata,
  parseJsonObject,
} from '../zarr/zarrMetadata.js';
import { isSafeKey } from './consolidated.js';
import { describeUnread, type Problem } from './problem.js';
import { isPosition, type RunMetadata } from './runAttributes.js';

export interface ManifestEntry {
  bytes: number;
  sha256: string;
}

/**
 * Compares every file of a checkpoint with the manifest, and the consolidated metadata with both.
 * @returns what is wrong, nothing for a good one
 */
export const verifyCheckpoint = (
  fs: FileSystem,
  run: string,
  { metadata, attributes: { latest } }: RunMetadata,
  step: number,
): Promise<Problem[]> => {
  // The newest one's `.zattrs` has a hash of its own.
  const manifestHash = latest?.step === step ? latest.manifest : undefined;
  return verifyFolder({ fs, run, metadata }, step, checkpointPath(step), '<f4', manifestHash);
};

/** As `verifyCheckpoint`, of an epoch's generator. */
export const verifyGenerator = (
  fs: FileSystem,
  run: string,
  { metadata }: RunMetadata,
  step: number,
): Promise<Problem[]> => verifyFolder({ fs, run, metadata }, step, generatorPath(step), '<f2');

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

/** The files a checkpoint must have. Undefined when its attributes are not those of a checkpoint of this step. */
function manifestOf(metadata: Metadata, step: number, folder: string): Map<string, ManifestEntry> | undefined {
  const attributes = metadata.get(`${folder}/${attributesKey}`);
  if (!isPosition(attributes) || attributes.step !== step || !isObject(attributes.manifest)) return undefined;
  const entries = Object.entries(attributes.manifest) as [string, ManifestEntry][];
  const sound = entries.every(
    ([, entry]) => isObject(entry) && Number.isSafeInteger(entry.bytes) && typeof entry.sha256 === 'string',
  );
  return sound ? new Map(entries) : undefined;
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
    return describeUnread(error as Error, path);
  }
}
