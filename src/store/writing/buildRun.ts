/** Builds a new run aside, then renames it to its place, so that it is there with its description or not at all. */
import { join } from 'node:path';
import { uniqueName } from '../disk/files.js';
import type { Lock } from '../disk/lock.js';
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
import { moveIntoPlace } from './lockPlace.js';

/** @returns what is committed: nothing but what the run says of itself */
export async function buildRun(
  place: Place,
  lock: Lock,
  attributes: RunAttributes,
  samples: TableSpec<Sample>,
): Promise<Committed> {
  const { fs, temporary } = place;
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
  await moveIntoPlace(place, aside.run, lock);
  return {
    metadata,
    attributes,
    metrics: emptyTable(metricsTable),
    samples: emptyTable(samples),
    samplesTable: samples,
  };
}
