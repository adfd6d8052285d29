/**
 * How close two trajectories are, by the rule: every loss within 1e-4 for 30 steps and within 3e-4
 * for 60, every tensor's norm as closeness.ts says. The state before the first step knows no
 * rounding, so it has to be the same bits.
 */
import {
  compareNorms,
  findWidest,
  type Gap,
  lossLimits,
  normsOf,
  shareOf,
  tensorsOf,
} from '../../src/model/comparison/closeness.js';
import { referencePlan } from '../../src/model/plan.js';
import { type Apart, measureApart } from './apart.js';
import type { State, Trajectory } from './trajectory.js';

/** A gap as the table shows it. */
export type NamedGap = Pick<Gap, 'name' | 'gap' | 'allowed'>;

export interface Comparison {
  /** Names of the tensors that differ before the first step. */
  differentAtStart: string[];
  /** In the first 30 steps, and in all. */
  losses: (NamedGap & { until: number })[];
  /** After 30 steps, and after all. */
  states: { after: number; norm: NamedGap; apart: Apart }[];
}

type Losses = Pick<Trajectory, 'dLoss' | 'gLoss'>;

/** The numbers of steps done after which the states are compared. */
export const comparedStates = (steps: number): number[] => (steps > 30 ? [0, 30, steps] : [0, steps]);

/** Compares the first `steps` steps of both. */
export async function compare(actual: Trajectory, expected: Trajectory, steps: number): Promise<Comparison> {
  const [, ...later] = comparedStates(steps);
  const start = await expected.readState(0);
  const differentAtStart = findDifferent(await actual.readState(0), start);
  const states: Comparison['states'] = [];
  for (const after of later) {
    const [found, wanted] = [await actual.readState(after), await expected.readState(after)];
    const norm = findWidest(compareNorms(tensorsOf(referencePlan()), normsOf(found), normsOf(wanted)));
    states.push({ after, norm, apart: measureApart(found, wanted, start) });
  }
  return { differentAtStart, losses: compareLosses(actual, expected, steps), states };
}

export const isWithin = ({ differentAtStart, losses, states }: Comparison): boolean =>
  differentAtStart.length === 0 && [...losses, ...states.map(({ norm }) => norm)].every(gap => shareOf(gap) <= 1);

function compareLosses(actual: Losses, expected: Losses, steps: number): Comparison['losses'] {
  return lossLimits.slice(0, steps > 30 ? 2 : 1).map(limit => {
    const { allowed } = limit;
    const until = Math.min(limit.until, steps);
    const gaps = Array.from({ length: until }, (_, step) => [
      { allowed, name: `D, step ${step}`, gap: Math.abs(actual.dLoss[step]! - expected.dLoss[step]!) },
      { allowed, name: `G, step ${step}`, gap: Math.abs(actual.gLoss[step]! - expected.gLoss[step]!) },
    ]);
    return { until, ...findWidest(gaps.flat()) };
  });
}

function findDifferent(actual: State, expected: State): string[] {
  const isSame = (name: string) => bytesOf(actual.get(name)).equals(bytesOf(expected.get(name)));
  return [...new Set([...expected.keys(), ...actual.keys()])].filter(name => !isSame(name));
}

const bytesOf = (data: Float32Array = new Float32Array()): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);
