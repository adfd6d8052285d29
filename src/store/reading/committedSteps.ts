/** Checkpoints, and generators of epochs, that metadata name: those are committed. */
import {
  attributesKey,
  checkpointPath,
  checkpointsGroup,
  generatorPath,
  generatorsGroup,
  stepOfCheckpointName,
} from '../layout.js';
import type { JsonObject, Metadata } from '../zarr/zarrMetadata.js';

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
