/**
 * How close two trajectories are, by the rule: every loss within 1e-4 for 30 steps and within 3e-4 for 60, every tensor's
 * norm as compareNorms.ts says. The state before the first step knows no rounding, so it has to be the same bits.
 */
import { compareNorms, normsOf } from '../../src/shared/closeness.js';
import { type Apart, measureApart } from './distance.js';
import type { State, Trajectory } from './trajectory.js';

/** The one of many differences that is the largest, measured by what is allowed. */
export interface Gap {
  /** The tensor, or the loss. */
  name: string;
  gap: number;
  allowed: number;
}

export interface Comparison {
  /** Names of the tensors that differ before the first step. */
  unlikeAtStart: string[];
  /** In the first 30 steps, and in all. */
  losses: (Gap & { until: number })[];
  /** After 30 steps, and after all. */
  states: { after: number; norm: Gap; apart: Apart }[];
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
  const [, ...later] = comparedStates(steps);
  const start = await expected.readState(0);
  const unlikeAtStart = findUnlike(await actual.readState(0), start);
  const states: Comparison['states'] = [];
  for (const after of later) {
    const [found, wanted] = [await actual.readState(after), await expected.readState(after)];
    const norm = findWidest(compareNorms(normsOf(found), normsOf(wanted)));
    states.push({ after, norm, apart: measureApart(found, wanted, start) });
  }
  return { unlikeAtStart, losses: compareLosses(actual, expected, steps), states };
}

export const isWithin = ({ unlikeAtStart, losses, states }: Comparison): boolean =>
  unlikeAtStart.length === 0 && [...losses, ...states.map(({ norm }) => norm)].every(gap => shareOf(gap) <= 1);

/** A difference as a share of what is allowed. What is not a number is farther away than any rule allows. */
export function shareOf({ gap, allowed }: Pick<Gap, 'gap' | 'allowed'>): number {
  if (gap === 0) return 0;
  return Number.isFinite(gap) ? gap / allowed : Number.POSITIVE_INFINITY;
}

function compareLosses(actual: Losses, expected: Losses, steps: number): Comparison['losses'] {
  return lossLimits.slice(0, steps > 30 ? 2 : 1).map(limit => {
    const until = Math.min(limit.until, steps);
    const gaps = Array.from({ length: until }, (_, step) => [
      { ...limit, name: `D, step ${step}`, gap: Math.abs(actual.dLoss[step]! - expected.dLoss[step]!) },
      { ...limit, name: `G, step ${step}`, gap: Math.abs(actual.gLoss[step]! - expected.gLoss[step]!) },
    ]);
    return { until, ...findWidest(gaps.flat()) };
  });
}

function findUnlike(actual: State, expected: State): string[] {
  const isSame = ([name, data]: [string, Float32Array]) => bytesOf(data).equals(bytesOf(actual.get(name)));
  return [...expected].filter(entry => !isSame(entry)).map(([name]) => name);
}

const bytesOf = (data: Float32Array = new Float32Array()): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);

function findWidest(gaps: readonly Gap[]): Gap {
  const { name, gap, allowed } = gaps.reduce((widest, each) => (shareOf(each) > shareOf(widest) ? each : widest));
  return { name, gap, allowed };
}
