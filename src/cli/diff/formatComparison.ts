/** Two checkpoints that differ, as a person reads it: what could be why, since when, where first, and how much. */

import { type Config, checkStoredConfig, listMathsChanges } from '../../config/config.js';
import type { TensorComparison } from '../../model/comparison/compareTensors.js';
import { firstDifferentStep } from '../../model/comparison/fingerprint.js';
import { listEngineChanges } from '../../shared/engine.js';
import type { Run } from '../../store/index.js';
import { formatCount, formatNumber } from '../terminal/format.js';
import type { NamedCheckpoint } from './openCheckpoint.js';

/** @param fingerprints - of the steps of A and of B, where they are two runs */
export function formatComparison(
  a: NamedCheckpoint,
  b: NamedCheckpoint,
  comparisons: readonly TensorComparison[],
  fingerprints: readonly BigUint64Array[],
): string {
  const different = comparisons.filter(({ differing }) => differing > 0);
  return [
    `A  ${a.name}`,
    `B  ${b.name}`,
    ...listReasons(a, b),
    ...describeParting(fingerprints),
    `different: ${different.length} of ${comparisons.length} tensors`,
    `first difference: ${describeFirst(different[0]!)}`,
    ...listTensors(comparisons),
  ].join('\n');
}

function listReasons(a: NamedCheckpoint, b: NamedCheckpoint): string[] {
  const [configA, configB] = [a, b].map(({ run }) => checkStoredConfig(run.config, run.path)) as [Config, Config];
  const reasons = listMathsChanges(configA, configB).map(
    ({ key, before, after }) => `${key}: ${before ?? 'none'} | ${after ?? 'none'}`,
  );
  const data = [a, b].map(({ run }) => describeHash(run.attributes.data.sha256));
  if (data[0] !== data[1]) reasons.push(`SHA-256 of the images: ${data.join(' | ')}`);
  const engines = listEngineChanges(a.run.engineAt(a.step - 1), b.run.engineAt(b.step - 1));
  reasons.push(...engines.map(({ name, before, after }) => `${name}: ${before} | ${after}`));
  if (a.step === b.step) return reasons;
  const both = commonSteps(a.run, b.run);
  if (both.length === 0 || a.run.path === b.run.path) return reasons;
  return [...reasons, `the steps are not the same; both have checkpoint ${both.join(', ')}: RUN@STEP names one`];
}

/** Text of a store may hold anything; what is no text is shown as JSON. */
const describeHash = (hash: unknown): string => (typeof hash === 'string' ? hash : JSON.stringify(hash));

const commonSteps = (a: Run, b: Run): number[] => a.checkpoints.filter(step => b.checkpoints.includes(step));

function describeParting([a, b]: readonly BigUint64Array[]): string[] {
  if (!a || !b) return [];
  const step = firstDifferentStep(a, b);
  const last = Math.min(a.length, b.length) - 1;
  if (step === 0) return ['fingerprints: different from step 0 on'];
  if (step !== undefined) return [`fingerprints: the same up to step ${step - 1}, different from step ${step} on`];
  return last >= 0 ? [`fingerprints: the same up to step ${last}, the last that both have`] : [];
}

function describeFirst({ name, first, unlike }: TensorComparison): string {
  if (!first) return `${name}: ${unlike}`;
  return `${name}[${first.index.join(', ')}]: ${showExactly(first.a)} | ${showExactly(first.b)}`;
}

const showExactly = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function listTensors(comparisons: readonly TensorComparison[]): string[] {
  const width = Math.max(...comparisons.map(({ name }) => name.length));
  return comparisons.map(comparison => `  ${comparison.name.padEnd(width)}  ${describeTensor(comparison)}`);
}

function describeTensor({ size, differing, largest, unlike }: TensorComparison): string {
  if (unlike) return unlike;
  if (differing === 0) return 'equal';
  return `${formatCount(differing)} of ${formatCount(size)} differ, by up to ${formatNumber(largest)}`;
}
