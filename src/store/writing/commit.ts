/**
 * A commit, in the order that makes it safe at every point:
 *
 *   1. chunks of metrics and samples: the committed rows in them stay the same, new ones follow
 *   2. their `.zarray` with the new length
 *   3. the checkpoint, written aside and renamed (writeCheckpoint.ts)
 *   4. `.zmetadata`: THE commit; then root `.zattrs`, which says the same
 *
 * Cut off before the rename of `.zmetadata`, `.zmetadata` still tells the previous commit, whose
 * files are untouched or only longer. Deletions come after it.
 */
import { join } from 'node:path';
import { listIfThere, removeFromStore, replaceFiles, uniqueName, writeNewFile } from '../disk/files.js';
import type { Place } from '../disk/place.js';
import {
  attributesKey,
  checkpointName,
  checkpointsGroup,
  consolidatedKey,
  fileOf,
  generatorsGroup,
  metricsTable,
  stepOfCheckpointName,
  type TableSpec,
} from '../layout.js';
import { committedSteps, withoutCheckpoints } from '../reading/committedSteps.js';
import { encodeConsolidated } from '../reading/consolidated.js';
import type { RunAttributes } from '../reading/runAttributes.js';
import type { Sample, StepMetrics } from '../records.js';
import { appendRows, type Row, type TableChange, type TableState } from '../zarr/tables.js';
import { encodeJson, type JsonObject, type Metadata } from '../zarr/zarrMetadata.js';
import type { WrittenCheckpoint } from './writeCheckpoint.js';

/** A state of the store that is committed: what `.zmetadata` says, and the unfinished chunks. */
export interface Committed {
  metadata: Metadata;
  attributes: RunAttributes;
  metrics: TableState;
  samples: TableState;
  samplesTable: TableSpec<Sample>;
}

/** What a commit adds. The files of `changes` and `checkpoint` are written already. */
export interface Addition {
  changes?: readonly TableChange[];
  attributes?: Partial<RunAttributes>;
  checkpoint?: WrittenCheckpoint;
  /** Committed checkpoints that `.zmetadata` names no longer. */
  drop?: readonly number[];
}

/** Writes new rows: chunks, then the metadata with the new length. */
export async function writeTables(
  place: Place,
  before: Committed,
  metrics: readonly Row[],
  samples: readonly Row[],
): Promise<TableChange[]> {
  const changes: TableChange[] = [];
  if (metrics.length > 0) changes.push(appendRows<StepMetrics>(metricsTable, before.metrics, metrics));
  if (samples.length > 0) changes.push(appendRows(before.samplesTable, before.samples, samples));
  await writeKeys(
    place,
    changes.flatMap(({ chunks }) => [...chunks]),
  );
  await writeMetadata(place, before.metadata, new Map(changes.flatMap(({ metadata }) => [...metadata])));
  return changes;
}

/**
 * Replaces the consolidated metadata, then the root's attributes.
 * @returns what is committed now, and why that may not outlast a power cut, if so
 */
export async function writeCommit(
  place: Place,
  before: Committed,
  addition: Addition,
): Promise<{ committed: Committed; unsynced?: unknown }> {
  const { changes = [], checkpoint, drop = [] } = addition;
  const metrics = changes.find(({ group }) => group === 'metrics')?.state ?? before.metrics;
  const samples = changes.find(({ group }) => group === 'samples')?.state ?? before.samples;
  const attributes: RunAttributes = {
    ...before.attributes,
    ...addition.attributes,
    commit: before.attributes.commit + 1,
    latest: checkpoint ? { ...checkpoint.position, manifest: checkpoint.manifest } : before.attributes.latest,
    rows: { metrics: metrics.rows, samples: samples.rows },
    chunks: mergeHashes(before, changes),
  };
  const metadata = withoutCheckpoints(before.metadata, drop);
  for (const { metadata: entries } of changes) for (const [key, json] of entries) metadata.set(key, json);
  for (const [key, json] of checkpoint?.metadata ?? []) metadata.set(key, json);
  metadata.set(attributesKey, attributes);
  const unsynced = await writeRoot(place, metadata);
  return { committed: { ...before, metadata, attributes, metrics, samples }, unsynced };
}

/**
 * Two renames, the first durable before the second. zarr-python reads the root's attributes from
 * `.zattrs`: in this order they are at worst one commit behind, and what they name is still there
 * (docs/decisions/0006-root-attributes.md).
 * @returns why the commit, which is there, may not outlast a power cut; undefined when it will
 */
export async function writeRoot({ fs, run, temporary }: Place, metadata: Metadata): Promise<unknown> {
  const files = [consolidatedKey, attributesKey].map(key => ({ key, from: join(temporary, uniqueName('file')) }));
  const [consolidated, attributes] = files.map(
    ({ key, from }) =>
      () =>
        fs.rename(from, join(run, key)),
  );
  try {
    await writeNewFile(fs, files[0]!.from, encodeConsolidated(metadata));
    await writeNewFile(fs, files[1]!.from, encodeJson(metadata.get(attributesKey)));
    await consolidated!();
  } catch (error) {
    for (const { from } of files) await fs.unlink(from).catch(() => {});
    throw error;
  }
  // From here on readers see the commit: it must not be taken for one that failed.
  try {
    await fs.syncFolder(run);
  } catch (error) {
    return error;
  }
  // If this fails, the next commit mends it.
  await attributes!()
    .then(() => fs.syncFolder(run))
    .catch(() => {});
}

/** Writes those metadata files that differ from what was committed. */
export async function writeMetadata(
  place: Place,
  before: Metadata,
  after: ReadonlyMap<string, JsonObject>,
): Promise<void> {
  const changed = [...after].filter(([key, json]) => JSON.stringify(before.get(key)) !== JSON.stringify(json));
  await writeKeys(
    place,
    changed.map(([key, json]) => [key, encodeJson(json)] as const),
  );
}

export const writeKeys = (
  { fs, run, temporary }: Place,
  files: readonly (readonly [string, Uint8Array])[],
): Promise<void> =>
  replaceFiles(
    fs,
    temporary,
    files.map(([key, bytes]) => [fileOf(run, key), bytes]),
  );

/** Hashes of complete chunks stay; that of an unfinished one is replaced or, once the chunk is complete, dropped. */
function mergeHashes(before: Committed, changes: readonly TableChange[]): Record<string, string> {
  const hashes = new Map(Object.entries(before.attributes.chunks));
  for (const { group, hashes: added } of changes) {
    for (const key of hashes.keys()) if (key.startsWith(`${group}/`) && key.endsWith('/tail')) hashes.delete(key);
    for (const [key, hash] of added) hashes.set(key, hash);
  }
  return Object.fromEntries(hashes);
}

/** Deletes the folders of checkpoints and generators that the metadata do not name. */
export async function removeUncommittedFolders({ fs, run, temporary }: Place, metadata: Metadata): Promise<void> {
  for (const group of [checkpointsGroup, generatorsGroup]) {
    const kept = new Set(committedSteps(metadata, group).map(checkpointName));
    for (const name of await listIfThere(fs, fileOf(run, group)))
      if (stepOfCheckpointName(name) !== undefined && !kept.has(name))
        await removeFromStore(fs, temporary, fileOf(run, `${group}/${name}`));
  }
}

export const stepsIn = (committed: Committed): number[] => committedSteps(committed.metadata);
