/** Checks the chunks of metrics and samples against their hashes. */
import type { FileSystem } from '../disk/fileSystem.js';
import { listIfThere, readFileIfThere } from '../disk/files.js';
import { fileOf } from '../layout.js';
import { checkHash, decodeChunk, storedBytes, wrongHash } from '../zarr/chunks.js';
import { type ArrayMetadata, chunkNames, parseArrayMetadata } from '../zarr/zarrMetadata.js';
import { describeUnread, type Problem } from './problem.js';
import type { RunMetadata } from './runAttributes.js';

/** Of one array: a shape can claim more chunks than anyone could look for. */
const mostProblems = 1000;

/** Chunks of metrics or samples against their hashes: whole chunks, and the committed rows of the last one. */
export async function verifyTableColumn(
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
    return describeUnread(error as Error, file);
  }
}
