/** Builds a new run aside, then renames it to its place, so that it is there with its description or not at all. */
import { dirname, join } from 'node:path';
import type { FileSystem } from '../disk/fileSystem.js';
import { entryIfThere, removeTree, uniqueName } from '../disk/files.js';
import type { Place } from '../disk/place.js';
import {
  attributesKey,
  checkpointsGroup,
  generatorsGroup,
  groupKey,
  metricsTable,
  runFolders,
  type TableSpec,
} from '../layout.js';
import type { RunAttributes } from '../reading/runAttributes.js';
import type { Sample, StepMetrics } from '../records.js';
import { emptyTable, tableMetadata } from '../zarr/tables.js';
import { encodeJson, groupMetadata, type JsonObject } from '../zarr/zarrMetadata.js';
import { type Committed, writeKeys, writeRoot } from './commit.js';

/** @returns what is committed: nothing but what the run says of itself */
export async function buildRun(
  place: Place,
  attributes: RunAttributes,
  samples: TableSpec<Sample>,
): Promise<Committed> {
  const { fs, run, temporary } = place;
  const metadata = new Map<string, JsonObject>([
    [groupKey, groupMetadata],
    [attributesKey, attributes],
    [`${checkpointsGroup}/${groupKey}`, groupMetadata],
    [`${generatorsGroup}/${groupKey}`, groupMetadata],
    ...tableMetadata<StepMetrics>(metricsTable, 0),
    ...tableMetadata(samples, 0),
  ]);
  const aside: Place = { ...place, run: join(temporary, uniqueName('run')) };
  for (const folder of runFolders) await fs.mkdir(join(aside.run, folder));
  await writeKeys(
    aside,
    [...metadata].filter(([key]) => key !== attributesKey).map(([key, json]) => [key, encodeJson(json)]),
  );
  const unsynced = await writeRoot(aside, metadata);
  if (unsynced !== undefined) throw unsynced;
  for (const folder of runFolders) await fs.syncFolder(join(aside.run, folder));
  await moveIntoPlace(fs, aside.run, run, temporary);
  return {
    metadata,
    attributes,
    metrics: emptyTable(metricsTable),
    samples: emptyTable(samples),
    samplesTable: samples,
  };
}

/** The old run, if there is one, goes only when the new one is ready. */
export async function moveIntoPlace(fs: FileSystem, from: string, run: string, temporary: string): Promise<void> {
  const old = join(temporary, uniqueName('removed'));
  const exists = (await entryIfThere(fs, run)) !== undefined;
  if (exists) await fs.rename(run, old);
  try {
    await fs.rename(from, run);
  } catch (error) {
    if (exists) await fs.rename(old, run);
    throw error;
  }
  await fs.syncFolder(dirname(run));
  if (exists) await removeTree(fs, old);
}
