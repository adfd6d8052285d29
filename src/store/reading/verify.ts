/** Checks everything that a run holds against what its last commit says. */
import { join } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, listIfThere, readFileIfThere } from '../disk/files.js';
import { findLiveOwner } from '../disk/lock.js';
import { lockPath } from '../disk/place.js';
import {
  attributesKey,
  checkpointName,
  checkpointPath,
  checkpointsGroup,
  consolidatedKey,
  fileOf,
  generatorsGroup,
  isInTensorFolder,
  runFolders,
} from '../layout.js';
import { checkHash, decodeChunk, storedBytes, wrongHash } from '../zarr/chunks.js';
import {
  type ArrayMetadata,
  arrayPaths,
  chunkNames,
  isObject,
  type JsonObject,
  type Metadata,
  parseArrayMetadata,
  parseJsonObject,
} from '../zarr/zarrMetadata.js';
import { describeLost } from './lost.js';
import type { Problem } from './problem.js';
import { committedSteps, type RunMetadata, readRunMetadata } from './runMetadata.js';
import { verifyCheckpoint, verifyGenerator } from './verifyCheckpoint.js';

/**
 * All problems of a run. While another process writes it, what a commit in progress leaves for a moment is no problem,
 * and what was deleted meanwhile is looked at again.
 */
export async function verifyRun(fs: FileSystem, run: string, opened: RunMetadata): Promise<Problem[]> {
  let found = opened;
  for (let attempt = 0; ; attempt++) {
    const problems = await verifyOnce(fs, run, found);
    if (problems.length === 0) return problems;
    const now = await readRunMetadata(fs, run);
    const moved = now.attributes.commit !== found.attributes.commit;
    const alive = await findLiveOwner(fs, lockPath(run));
    if (!moved || attempt >= 5) return alive ? problems.filter(({ harmless }) => !harmless) : problems;
    found = now;
  }
}

async function verifyOnce(fs: FileSystem, run: string, found: RunMetadata): Promise<Problem[]> {
  const { metadata, attributes, damage } = found;
  const problems: Problem[] = [];
  if (damage) problems.push({ path: join(run, consolidatedKey), message: damage, harmless: false });
  const steps = committedSteps(metadata);
  const { latest } = attributes;
  if (latest && !steps.includes(latest.step))
    problems.push({
      path: fileOf(run, checkpointPath(latest.step)),
      message: `the newest checkpoint, ${latest.step}, is not in the metadata`,
      harmless: false,
    });
  problems.push(...(await findLinkedFolders(fs, run)));
  for (const step of steps)
    problems.push(
      ...(await verifyCheckpoint(fs, run, metadata, step, latest?.step === step ? latest.manifest : undefined)),
    );
  for (const step of committedSteps(metadata, generatorsGroup))
    problems.push(...(await verifyGenerator(fs, run, metadata, step)));
  for (const path of arrayPaths(metadata).filter(path => !isInTensorFolder(path)))
    problems.push(...(await verifyTableColumn(fs, run, found, path)));
  // The files are what the run holds now; what it held is gone all the same.
  for (const lost of attributes.lost ?? [])
    problems.push({ path: fileOf(run, lost.array), message: describeLost(lost), harmless: false, lost });
  problems.push(...(await verifyMetadataFiles(fs, run, found)), ...(await findStrangers(fs, run, metadata)));
  return problems;
}

/** Of one array: a shape can claim more chunks than anyone could look for. */
const mostProblems = 1000;

/** Chunks of metrics or samples against their hashes: whole chunks, and the committed rows of the last one. */
async function verifyTableColumn(
  fs: FileSystem,
  run: string,
  { metadata, attributes }: RunMetadata,
  path: string,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const array = parseArrayMetadata(metadata.get(`${path}/.zarray`)!, fileOf(run, `${path}/.zarray`));
  const names = new Set<string>();
  const rows = attributes.rows[path.split('/')[0] as 'metrics' | 'samples'];
  if (array.shape[0] !== rows)
    problems.push({
      path: fileOf(run, path),
      message: `${path} has ${array.shape[0]} rows of ${rows}`,
      harmless: false,
    });
  for (const name of chunkNames(array)) {
    names.add(name);
    const file = fileOf(run, `${path}/${name}`);
    const message = await checkChunk(fs, file, array, attributes.chunks, path, name);
    if (message) problems.push({ path: file, message: `${file} ${message}`, harmless: false });
    if (problems.length < mostProblems) continue;
    problems.push({
      path: file,
      message: `${path} may have more problems: ${mostProblems} are enough`,
      harmless: false,
    });
    return problems;
  }
  for (const name of await listIfThere(fs, fileOf(run, path))) {
    if (name.startsWith('.') || names.has(name)) continue;
    const file = fileOf(run, `${path}/${name}`);
    problems.push({ path: file, message: `${file} belongs to no committed row`, harmless: /^\d+(\.0)*$/.test(name) });
  }
  return problems;
}

async function checkChunk(
  fs: FileSystem,
  file: string,
  array: ArrayMetadata,
  hashes: Record<string, string>,
  path: string,
  name: string,
): Promise<string | undefined> {
  const stored = await readFileIfThere(fs, file, storedBytes(array)).catch((error: Error) => error);
  if (!stored) return 'is missing';
  if (stored instanceof Error) return describeUnread(stored, file);
  try {
    const answer = checkHash(stored, decodeChunk(stored, array, file), array, hashes, path, name);
    if (answer === 'unknown') return 'has no SHA-256 in the root attributes';
    return answer === 'right' ? undefined : wrongHash;
  } catch (error) {
    return (error as Error).message.replace(`${file} `, '');
  }
}

/** The single metadata files against the consolidated metadata; those of checkpoints were compared already. */
async function verifyMetadataFiles(
  fs: FileSystem,
  run: string,
  { metadata, attributes }: RunMetadata,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [key, json] of metadata) {
    if (isInTensorFolder(key)) continue;
    const path = fileOf(run, key);
    const bytes = await readFileIfThere(fs, path).catch((error: Error) => error);
    const there = bytes instanceof Uint8Array ? parse(bytes, path) : undefined;
    if (there && JSON.stringify(there) === JSON.stringify(json)) continue;
    const message = there ? 'disagrees with the consolidated metadata' : describeUnparsed(bytes, path);
    const harmless = isObject(there) && isCutOff(key, there, json, attributes.commit);
    problems.push({ path, message: `${path} ${message}`, harmless });
  }
  return problems;
}

function describeUnparsed(bytes: Uint8Array | Error | undefined, path: string): string {
  if (!bytes) return 'is missing';
  return bytes instanceof Error ? describeUnread(bytes, path) : 'is damaged: it holds no JSON object';
}

/** Ours say it of the file already, others are the system's. */
const describeUnread = (error: Error, path: string): string =>
  error instanceof StoreError ? error.message.replace(`${path} `, '') : `cannot be read: ${error.message}`;

/**
 * Whether a file is what a commit leaves that was cut off: only longer before `.zmetadata` was replaced, the attributes of
 * an older commit after that. (Stores of before 2026-11-26 replaced them first: the commit after.)
 */
function isCutOff(key: string, there: Record<string, unknown>, json: Record<string, unknown>, commit: number): boolean {
  if (key === attributesKey)
    return there.runId === json.runId && there.commit !== commit && Number(there.commit) <= commit + 1;
  const [longer, shape] = [there.shape, json.shape];
  if (!Array.isArray(longer) || !Array.isArray(shape) || !(longer[0] >= shape[0])) return false;
  return JSON.stringify({ ...there, shape: [shape[0], ...longer.slice(1)] }) === JSON.stringify(json);
}

function parse(bytes: Uint8Array, path: string): JsonObject | undefined {
  try {
    return parseJsonObject(bytes, path);
  } catch {
    return undefined;
  }
}

/** Folders of the run that are something else, such as a link to a folder elsewhere: what is written there is not in the run. */
export async function findLinkedFolders(fs: FileSystem, run: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const folder of runFolders) {
    const path = fileOf(run, folder);
    const entry = await entryIfThere(fs, path);
    if (!entry || entry.kind === 'folder') continue;
    const message = `${path} is a link or a file: nothing is written through it; put the folder itself in its place`;
    problems.push({ path, message, harmless: false });
  }
  return problems;
}

/** What is in the store's folders and is not part of the run. */
async function findStrangers(fs: FileSystem, run: string, metadata: Metadata): Promise<Problem[]> {
  const problems: Problem[] = [];
  const known = new Map([['', new Set([consolidatedKey])]]);
  for (const key of metadata.keys()) {
    const parts = key.split('/');
    for (const [depth, part] of parts.entries()) {
      const folder = parts.slice(0, depth).join('/');
      known.set(folder, (known.get(folder) ?? new Set()).add(part));
    }
  }
  for (const folder of ['', checkpointsGroup, generatorsGroup, 'metrics', 'samples']) {
    const isOfTensors = folder === checkpointsGroup || folder === generatorsGroup;
    const committed = new Set(isOfTensors ? committedSteps(metadata, folder).map(checkpointName) : []);
    for (const name of await listIfThere(fs, fileOf(run, folder))) {
      if (known.get(folder)?.has(name) || committed.has(name)) continue;
      const path = join(fileOf(run, folder), name);
      const harmless = isOfTensors && (await entryIfThere(fs, path))?.kind === 'folder';
      problems.push({ path, message: `${path} is not part of the run`, harmless });
    }
  }
  return problems;
}
