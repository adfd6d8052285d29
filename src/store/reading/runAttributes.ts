/** The attributes of a run's root: what a run says of itself, believed only when all of it is of the right type. */
import { join } from 'node:path';
import { StoreError } from '../../shared/errors.js';
import { formatVersion } from '../formatVersion.js';
import { attributesKey, consolidatedKey, metricsTable, type TableSpec } from '../layout.js';
import type { Position } from '../records.js';
import { isObject, type JsonObject, type Metadata } from '../zarr/zarrMetadata.js';
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
 * The event of a run that began with a model from elsewhere: its checkpoint 0 is what it begins
 * with, and no seed gives it.
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
  /** What is trained (model/description.ts); a run from before it was said has the reference. */
  model?: JsonObject;
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

/** A run that a later gan-dist wrote. */
export class NewerFormatError extends StoreError {
  override get name(): string {
    return 'StoreError';
  }
}

/** @throws StoreError when they are not those of a run, or of a newer format */
export function withAttributes(run: string, metadata: Metadata): { metadata: Metadata; attributes: RunAttributes } {
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

/**
 * Every whole chunk has its hash: so no number of rows can send a reader after more chunks than
 * this file has room for.
 */
function isRowCount(value: unknown, group: TableSpec<never>['group'], chunks: unknown): boolean {
  if (!isCount(value) || !isObject(chunks) || !Object.values(chunks).every(hash => typeof hash === 'string'))
    return false;
  const hashes = Object.keys(chunks).filter(key => key.startsWith(`${group}/step/`) && !key.endsWith('/tail'));
  return Math.floor(value / metricsTable.columns[0]!.chunkRows) <= hashes.length;
}

/** Where there is no run, not even a damaged one. */
export class NoRunError extends StoreError {
  override get name(): string {
    return 'StoreError';
  }
}

export const noRun = (run: string): StoreError =>
  new NoRunError(
    `${run} is not a run of gan-dist: a run is a folder with ${consolidatedKey}, ${attributesKey}, checkpoints, metrics and samples`,
    run,
  );
