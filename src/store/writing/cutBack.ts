/** Cuts a run back to a checkpoint: what was recorded after it is done again. */
import type { Place } from '../disk/place.js';
import { attributesKey, checkpointPath, metricsTable } from '../layout.js';
import { withoutCheckpoints, withoutGeneratorsAfter } from '../reading/committedSteps.js';
import { addLost } from '../reading/lost.js';
import type { Problem } from '../reading/problem.js';
import { readSampleSteps, samplesTableOf } from '../reading/readTable.js';
import type { RunMetadata } from '../reading/runAttributes.js';
import type { Position, StepMetrics } from '../records.js';
import { sha256 } from '../zarr/chunks.js';
import { encodeJson } from '../zarr/zarrMetadata.js';
import { type Committed, writeCommit, writeMetadata } from './commit.js';
import { cutTable } from './cutTable.js';

/**
 * Cuts the committed state back to the checkpoint, and commits that, if it differs. Files follow later.
 * @param deleted - steps of checkpoints that are not good
 * @param problems - those that are found are added
 */
export async function cutBack(
  place: Place,
  found: RunMetadata,
  position: Position | null,
  deleted: readonly number[],
  problems: Problem[],
) {
  const step = position?.step ?? 0;
  const samplesSpec = samplesTableOf(found, place.run);
  const sampleSteps = await readSampleSteps(place, found, samplesSpec, step, problems);
  // A sample taken at the checkpoint itself closed a run that had ended; going on takes it again where it is due.
  const sampleRows = sampleSteps.filter(s => s < step).length;
  const metrics = await cutTable<StepMetrics>(
    place,
    found,
    metricsTable,
    Math.min(step, found.attributes.rows.metrics),
    problems,
  );
  const samplesRemoved = problems.flatMap(({ lost }) => (lost?.array === 'samples' ? [lost] : []));
  const stepOf = (row: number) => sampleSteps[row]!;
  const samples = await cutTable(place, found, samplesSpec, sampleRows, problems, stepOf);
  const before: Committed = {
    metadata: found.metadata,
    attributes: found.attributes,
    metrics: metrics.state,
    samples: samples.state,
    samplesTable: samplesSpec,
  };
  const rewrites = [...metrics.rewrites, ...samples.rewrites];
  const lastSampleStep = sampleSteps[sampleRows - 1] ?? -1;
  const metadata = withoutGeneratorsAfter(withoutCheckpoints(found.metadata, deleted), step);
  const unchanged =
    !found.damage &&
    deleted.length === 0 &&
    metadata.size === found.metadata.size &&
    found.attributes.rows.metrics === metrics.state.rows &&
    found.attributes.rows.samples === samples.state.rows &&
    metrics.sound &&
    samples.sound;
  if (unchanged) return { committed: before, lastSampleStep, rewrites };
  const latest = position && { ...position, manifest: sha256(encodeJson(checkpointAttributes(found, step))) };
  const newlyLost = [...metrics.lost, ...samplesRemoved, ...samples.lost];
  const lost = addLost(found.attributes.lost ?? [], newlyLost, step);
  const cut: Committed = {
    ...before,
    metadata,
    attributes: {
      ...found.attributes,
      latest,
      chunks: { ...metrics.hashes, ...samples.hashes },
      lost: lost.length > 0 ? lost : undefined,
    },
  };
  for (const [key, json] of [...metrics.metadata, ...samples.metadata]) metadata.set(key, json);
  await writeMetadata(place, found.metadata, new Map([...metrics.metadata, ...samples.metadata]));
  const { committed, unsynced } = await writeCommit(place, cut, {});
  if (unsynced !== undefined) throw unsynced;
  return { committed, lastSampleStep, rewrites };
}

const checkpointAttributes = ({ metadata }: RunMetadata, step: number) =>
  metadata.get(`${checkpointPath(step)}/${attributesKey}`)!;
