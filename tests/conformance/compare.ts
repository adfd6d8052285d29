/**
 * How close two trajectories are, by the rule: every loss within 1e-4 for 30 steps and within 3e-4 for 60, every tensor's
 * norm as compareNorms.ts says. The state before the first step knows no rounding, so it has to be the same bits.
 */
import { compareNorms, normsOf } from '../workers/compareNorms.js';
import type { State, Trajectory } from './trajectory.js';

/** The one of many differences that is the largest, measured by what is allowed. */
export interface Gap {
  /** Steps done. */
  after: number;
  /** The tensor, or the loss. */
  name: string;
  gap: number;
  allowed: number;
}

export interface Comparison {
  /** In the first 30 steps, and in all. */
  losses: Gap[];
  /** After 30 steps, and after all. */
  norms: Gap[];
  /** Names of the tensors that differ before the first step. */
  unlikeAtStart: string[];
}

type Losses = Pick<Trajectory, 'dLoss' | 'gLoss'>;

const lossLimits = [
  { until: 30, allowed: 1e-4 },
  { until: 60, allowed: 3e-4 },
];
/** The rule says nothing of later steps. */
export const mostSteps = 60;

/** The numbers of steps done after which the states are compared. */
export const comparedStates = (steps: number): number[] => (steps > 30 ? [0, 30, steps] : [0, steps]);

/** Compares the first `steps` steps of both. */
export async function compare(actual: Trajectory, expected: Trajectory, steps: number): Promise<Comparison> {
  const [start = 0, ...later] = comparedStates(steps);
  const norms: Gap[] = [];
  for (const after of later) {
    // One state after the other: two of them are 160 MB.
    const gaps = compareNorms(normsOf(await actual.readState(after)), normsOf(await expected.readState(after)));
    norms.push({ ...findWidest(gaps), after });
  }
  const unlikeAtStart = findUnlike(await actual.readState(start), await expected.readState(start));
  return { losses: compareLosses(actual, expected, steps), norms, unlikeAtStart };
}

export const isWithin = ({ losses, norms, unlikeAtStart }: Comparison): boolean =>
  unlikeAtStart.length === 0 && [...losses, ...norms].every(gap => shareOf(gap) <= 1);

/** A difference as a share of what is allowed. What is not a number is farther away than any rule allows. */
export function shareOf({ gap, allowed }: Pick<Gap, 'gap' | 'allowed'>): number {
  if (gap === 0) return 0;
  return Number.isFinite(gap) ? gap / allowed : Number.POSITIVE_INFINITY;
}

export function compareLosses(actual: Losses, expected: Losses, steps: number): Gap[] {
  const gaps = Array.from({ length: steps }, (_, step) => [
    { step, name: `D's loss of step ${step}`, gap: Math.abs(actual.dLoss[step]! - expected.dLoss[step]!) },
    { step, name: `G's loss of step ${step}`, gap: Math.abs(actual.gLoss[step]! - expected.gLoss[step]!) },
  ]).flat();
  return lossLimits
    .slice(0, steps > 30 ? 2 : 1)
    .map(({ until, allowed }) => ({ until: Math.min(until, steps), allowed }))
    .map(({ until, allowed }) => {
      const within = gaps.filter(({ step }) => step < until);
      const { name, gap } = findWidest(within.map(each => ({ ...each, allowed })));
      return { after: until, name, gap, allowed };
    });
}

function findUnlike(actual: State, expected: State): string[] {
  const isSame = ([name, data]: [string, Float32Array]) => bytesOf(data).equals(bytesOf(actual.get(name)));
  return [...expected].filter(entry => !isSame(entry)).map(([name]) => name);
}

const bytesOf = (data: Float32Array = new Float32Array()): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);

function findWidest<Each extends Pick<Gap, 'name' | 'gap' | 'allowed'>>(
  gaps: Each[],
): Pick<Gap, 'name' | 'gap' | 'allowed'> {
  const { name, gap, allowed } = gaps.reduce((widest, each) => (shareOf(each) > shareOf(widest) ? each : widest));
  return { name, gap, allowed };
}
