/** Checks the single metadata files of a run, of which other programs read some, against what it holds. */
import type { FileSystem } from '../disk/fileSystem.js';
import { readFileIfThere } from '../disk/files.js';
import { attributesKey, fileOf, isInTensorFolder } from '../layout.js';
import { isObject, type JsonObject, parseJsonObject } from '../zarr/zarrMetadata.js';
import { describeUnread, type Problem } from './problem.js';
import type { RunMetadata } from './runAttributes.js';

/** The single metadata files against the consolidated metadata; those of checkpoints were compared already. */
export async function verifyMetadataFiles(
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

/**
 * Whether a file is what a commit leaves that was cut off: only longer before `.zmetadata` was
 * replaced, the attributes of an older commit after that. (Stores of before 2026-11-26 replaced
 * them first: the commit after.)
 */
function isCutOff(key: string, there: Record<string, unknown>, json: Record<string, unknown>, commit: number): boolean {
  if (key === attributesKey)
    return there.runId === json.runId && there.commit !== commit && isUpTo(there.commit, commit + 1);
  const [longer, shape] = [there.shape, json.shape];
  if (!Array.isArray(longer) || !Array.isArray(shape) || !isUpTo(shape[0], longer[0])) return false;
  return JSON.stringify({ ...there, shape: [shape[0], ...longer.slice(1)] }) === JSON.stringify(json);
}

/** Nothing is believed of a single file, not even that its numbers are some. */
const isUpTo = (least: unknown, most: unknown): boolean =>
  typeof least === 'number' && typeof most === 'number' && least <= most;

function parse(bytes: Uint8Array, path: string): JsonObject | undefined {
  try {
    return parseJsonObject(bytes, path);
  } catch {
    return undefined;
  }
}
