/**
 * The consolidated metadata: one file, `.zmetadata`, that holds the metadata of the whole run. Replacing it is the
 * commit: who reads it sees all of a commit or none. The single metadata files say the same, unless a commit was cut off.
 */
import { join } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, listIfThere, readFileIfThere } from '../disk/files.js';
import {
  arrayKey,
  attributesKey,
  checkpointPath,
  checkpointsGroup,
  consolidatedKey,
  fileOf,
  formatVersion,
  generatorPath,
  generatorsGroup,
  groupKey,
  metricsTable,
  stepOfCheckpointName,
  type TableSpec,
} from '../layout.js';
import type { Position } from '../records.js';
import { sha256 } from '../zarr/chunks.js';
import { isObject, type JsonObject, type Metadata, parseJsonObject } from '../zarr/zarrMetadata.js';
import { isLost, type Lost } from './lost.js';

/** Something that happened to the run: started, resumed, a step run again, damage found, a warning. */
export interface RunEvent extends JsonObject {
  step: number;
  /** ISO 8601. */
  time: string;
  kind: string;
  message: string;
}

/**
 * The event of a run that began with a model from elsewhere: its checkpoint 0 is what it begins with, and no seed gives it.
 */
export const findImport = (events: readonly RunEvent[]): RunEvent | undefined =>
  events.find(({ kind }) => kind === 'imported');

/** Root attributes. */
export interface RunAttributes extends JsonObject {
  format: number;
  runId: string;
  /** ISO 8601. */
  created: string;
  /** Counts commits. */
  commit: number;
  /** The newest checkpoint and the SHA-256 of its `.zattrs`; null before the first. */
  latest: (Position & { manifest: string }) | null;
  config: JsonObject;
  data: JsonObject;
  engine: JsonObject;
  events: RunEvent[];
  /** Committed rows of each table. */
  rows: { metrics: number; samples: number };
  /** SHA-256 of every complete chunk of metrics and samples, and of the rows in each incomplete one (`…/tail`). */
  chunks: Record<string, string>;
  /** Metrics and samples that were damaged, and whose place had to be written over. */
  lost?: Lost[];
}

export interface RunMetadata {
  metadata: Metadata;
  attributes: RunAttributes;
  /** Why `.zmetadata` could not be used, if it could not. */
  damage?: string;
}

const groupOrder = ['metrics', 'samples', checkpointsGroup, generatorsGroup];
const placeOf = (key: string): number => groupOrder.indexOf(key.split('/')[0]!);

/** A group's members stand together: zarr-python 3.1 does not find all of them otherwise. */
export function encodeConsolidated(metadata: Metadata): Uint8Array {
  const entries = Object.fromEntries([...metadata].sort(([a], [b]) => placeOf(a) - placeOf(b)));
  const body = JSON.stringify(entries);
  return Buffer.from(`{"zarr_consolidated_format":1,"sha256":"${sha256(Buffer.from(body))}","metadata":${body}}\n`);
}

/**
 * What is committed. If `.zmetadata` is damaged, the single files tell it.
 * @param run - path of the store
 * @throws StoreError when there is no run, or one of a newer format, or nothing of it can be read
 */
export async function readRunMetadata(fs: FileSystem, run: string): Promise<RunMetadata> {
  let isMissing = false;
  try {
    const bytes = await readFileIfThere(fs, join(run, consolidatedKey));
    isMissing = bytes === undefined;
    if (!bytes) throw new StoreError(`${join(run, consolidatedKey)} is missing`);
    return withAttributes(run, parseConsolidated(bytes, join(run, consolidatedKey)));
  } catch (error) {
    if (!(error instanceof StoreError) || error instanceof NewerFormatError) throw error;
    if (!(await entryIfThere(fs, join(run, attributesKey)))) throw isMissing ? await describeNoRun(fs, run) : error;
    const collected = await collectMetadata(fs, run).catch(second => {
      throw second instanceof StoreError && !(second instanceof NewerFormatError)
        ? neither(run, error, second)
        : second;
    });
    return { ...withAttributes(run, collected), damage: error.message };
  }
}

const neither = (run: string, first: StoreError, second: StoreError): StoreError =>
  new StoreError(
    `${run} cannot be opened: ${first.message}, and ${second.message}; put one of the two back from a copy (nothing was changed)`,
    run,
  );

/** A run that a later gan-dist wrote. */
class NewerFormatError extends StoreError {
  override get name(): string {
    return 'StoreError';
  }
}

function parseConsolidated(bytes: Uint8Array, path: string): Metadata {
  const json = parseJsonObject(bytes, path);
  const { metadata } = json;
  if (!isObject(metadata) || !Object.values(metadata).every(isObject)) throw new StoreError(`${path} is damaged`, path);
  // Other programs may write the file anew, without our hash.
  if (json.sha256 !== undefined && json.sha256 !== sha256(Buffer.from(JSON.stringify(metadata))))
    throw new StoreError(`${path} is damaged: it does not match its own SHA-256`, path);
  for (const key of Object.keys(metadata)) assertSafeKey(key, path);
  return new Map(Object.entries(metadata) as [string, JsonObject][]);
}

function withAttributes(run: string, metadata: Metadata): { metadata: Metadata; attributes: RunAttributes } {
  const found = metadata.get(attributesKey) ?? {};
  const path = join(run, attributesKey);
  const { format, runId, latest, rows, chunks, events } = found;
  if (!Number.isSafeInteger(format) || typeof runId !== 'string') throw noRun(run);
  if ((format as number) > formatVersion)
    throw new NewerFormatError(
      `${run} has format ${format}, this gan-dist reads up to ${formatVersion}; use a newer one`,
      run,
    );
  const sound =
    typeof found.created === 'string' &&
    isCount(found.commit) &&
    (latest === null || (isPosition(latest) && typeof latest.manifest === 'string')) &&
    isObject(rows) &&
    isRowCount(rows.metrics, 'metrics', chunks) &&
    isRowCount(rows.samples, 'samples', chunks) &&
    Array.isArray(events) &&
    events.every(isEvent) &&
    (found.lost === undefined || (Array.isArray(found.lost) && found.lost.every(isLost))) &&
    [found.config, found.data, found.engine].every(isObject);
  if (!sound) throw new StoreError(`${path} is damaged: attributes of a run are missing or of the wrong type`, path);
  return { metadata, attributes: found as RunAttributes };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether JSON says where in the run a checkpoint stands. */
export const isPosition = (json: unknown): json is JsonObject & Position =>
  isObject(json) && [json.step, json.epoch, json.batch].every(isCount);

const isEvent = (json: unknown): json is RunEvent =>
  isObject(json) && isCount(json.step) && [json.time, json.kind, json.message].every(text => typeof text === 'string');

/** Every whole chunk has its hash: so no number of rows can send a reader after more chunks than this file has room for. */
function isRowCount(value: unknown, group: TableSpec<never>['group'], chunks: unknown): boolean {
  if (!isCount(value) || !isObject(chunks) || !Object.values(chunks).every(hash => typeof hash === 'string'))
    return false;
  const hashes = Object.keys(chunks).filter(key => key.startsWith(`${group}/step/`) && !key.endsWith('/tail'));
  return Math.floor(value / metricsTable.columns[0]!.chunkRows) <= hashes.length;
}

/** Steps of committed checkpoints, or of the generators of epochs, oldest first. */
export function committedSteps(metadata: Metadata, wanted = checkpointsGroup): number[] {
  const steps: number[] = [];
  for (const key of metadata.keys()) {
    const [group, name, file, ...more] = key.split('/');
    if (group !== wanted || file !== attributesKey || more.length > 0) continue;
    const step = stepOfCheckpointName(name!);
    if (step !== undefined) steps.push(step);
  }
  return steps.sort((a, b) => a - b);
}

/** The metadata without some checkpoints. */
export function withoutCheckpoints(metadata: Metadata, steps: Iterable<number>): Map<string, JsonObject> {
  const prefixes = [...steps].map(step => `${checkpointPath(step)}/`);
  return new Map([...metadata].filter(([key]) => !prefixes.some(prefix => key.startsWith(prefix))));
}

/** The metadata without generators of epochs that are still to come. */
export function withoutGeneratorsAfter(metadata: Metadata, step: number): Map<string, JsonObject> {
  const later = committedSteps(metadata, generatorsGroup).filter(s => s > step);
  return new Map([...metadata].filter(([key]) => !later.some(s => key.startsWith(`${generatorPath(s)}/`))));
}

/** Whether a key leads to a place in the store. */
export const isSafeKey = (key: string): boolean =>
  key.split('/').every(part => part !== '' && part !== '.' && part !== '..' && !/[\\\0:]/.test(part));

function assertSafeKey(key: string, path: string): void {
  if (!isSafeKey(key))
    throw new StoreError(`${path} is damaged: it names ${JSON.stringify(key)}, which is no path in a store`, path);
}

/** The metadata from the single files; what a cut-off commit left in them is ignored. */
async function collectMetadata(fs: FileSystem, run: string): Promise<Metadata> {
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

async function describeNoRun(fs: FileSystem, run: string): Promise<StoreError> {
  const entry = await entryIfThere(fs, run);
  if (!entry) return new StoreError(`there is no run at ${run}`, run);
  const checkpoints = await listIfThere(fs, fileOf(run, checkpointsGroup));
  if (!checkpoints.some(name => stepOfCheckpointName(name) !== undefined)) return noRun(run);
  const message = `${run} has checkpoints, but ${consolidatedKey} and ${attributesKey} are missing: put one of the two back from a copy`;
  return new StoreError(message, run);
}

const noRun = (run: string): StoreError =>
  new StoreError(
    `${run} is not a run of gan-dist: a run is a folder with ${consolidatedKey}, ${attributesKey}, checkpoints, metrics and samples`,
    run,
  );
