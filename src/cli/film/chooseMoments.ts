/** Which samples of a run a film shows. */
import { StoreError, UsageError } from '../../shared/errors.js';
import { ganDist } from '../../shared/program.js';
import { quoteForShell } from '../../shared/shell.js';
import type { Run } from '../../store/index.js';
import { shorten } from '../output/saySafe.js';
import { formatCount } from '../terminal/format.js';

export interface Moment {
  /** Of the sample. */
  readonly index: number;
  readonly step: number;
}

export interface Range {
  /** Steps, both included. */
  readonly from: number;
  readonly to: number;
}

/**
 * The samples of these steps; if there are more than `most`, so many of them at even distances, the
 * first and the last included.
 * @throws StoreError when there are none
 */
export async function chooseMoments(run: Run, { from, to }: Range, most: number): Promise<Moment[]> {
  if (from > to) throw new UsageError(`--from ${from} is after --to ${to}: choose a range of steps`);
  const steps = await run.readSampleSteps();
  if (steps.length === 0) {
    const resume = `${ganDist} resume ${quoteForShell(shorten(run.path))}`;
    throw new StoreError(`${run.path} has no samples yet, and a film is made of them; go on with: ${resume}`, run.path);
  }
  const known = Array.from(steps, (step, index) => ({ index, step })).filter(({ step }) => isKept(run, step));
  const within = known.filter(({ step }) => from <= step && step <= to);
  if (within.length > 0) return thin(within, most);
  const asked = Number.isFinite(to) ? `of steps ${from} to ${to}` : `of step ${from} or later`;
  const there = known.length === 0 ? 'damage has cost it all' : `it has ${describeSteps(known)}`;
  throw new StoreError(`${run.path} has no sample ${asked}; ${there}`, run.path);
}

/** What damage has cost the run reads as black pictures. */
function isKept({ attributes }: Run, step: number): boolean {
  const lost = (attributes.lost ?? []).filter(({ array }) =>
    ['samples', 'samples/step', 'samples/fixed'].includes(array),
  );
  return !lost.some(({ from, to }) => from <= step && step <= to);
}

function thin<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  if (most === 1) return all.slice(-1);
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]!);
}

export function describeSteps(moments: readonly Moment[]): string {
  const [first, last] = [moments[0]!.step, moments.at(-1)!.step];
  if (moments.length === 1) return `1 sample, of step ${first}`;
  return `${formatCount(moments.length)} samples, of steps ${first} to ${last}`;
}
