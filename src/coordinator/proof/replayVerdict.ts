/** What a stretch that was computed again says of the run that claims it. */
import {
  compareDistances,
  compareLosses,
  compareNorms,
  distanceLimits,
  findWidest,
  type Gap,
  judgedSteps,
  normsOf,
  shareOf,
  type Tensors,
  tensorsOf,
} from '../../model/comparison/closeness.js';
import { compareStates, dataOf, type ShapedData } from '../../model/comparison/compareTensors.js';
import type { Plan } from '../../model/plan.js';
import type { Metrics } from '../../store/index.js';
import type { ComputedStep } from '../pool/stepMetrics.js';
import type { Computed } from './computeStretch.js';
import type { Verdict } from './verdict.js';

type State = ReadonlyMap<string, ShapedData>;
type Reached = Pick<Computed, 'steps'> & { readonly state: State };

/** The metrics that the run holds of its steps; undefined if they cannot be read. */
export type Claims = Omit<Metrics, 'saturation'> | undefined;

/**
 * What of a step the run does not hold as it was computed, everything but how long it took;
 * undefined if all is equal.
 */
export function findClaimedOtherwise({ step, stepMs: _, ...values }: ComputedStep, claims: Claims): string | undefined {
  if (!claims) return undefined;
  for (const [name, value] of Object.entries(values)) {
    const claimed = claims[name as keyof typeof values][step];
    if (claimed !== value) return `${name} of step ${step} is ${claimed} in the run, ${value} here`;
  }
  return undefined;
}

/** @param isElsewhere - the stretch was computed with another engine or processor, which may round differently */
export function judge(
  { steps, state }: Reached,
  { plan, to, claims, claimed }: { plan: Plan; to: number; claims: Claims; claimed: State },
  isElsewhere: boolean,
): Verdict {
  const parted = findFirst(steps, step => findClaimedOtherwise(step, claims));
  if (parted && !isElsewhere) return different(parted);
  const first = compareStates(state, claimed).find(({ differing }) => differing > 0);
  if (!parted && !first) {
    const metrics = claims ? ' and losses, means and fingerprint of every step' : '; its metrics could not be compared';
    return { answer: 'bit-equal', finding: `${claimed.size} tensors of checkpoint ${to}${metrics}` };
  }
  if (isElsewhere) return judgeCloseness(plan, { steps, state }, claims, claimed);
  return different(`${first!.name} is the first tensor of checkpoint ${to} that is not what was computed`);
}

function findFirst<Each, Found>(list: readonly Each[], find: (each: Each) => Found | undefined): Found | undefined {
  for (const each of list) {
    const found = find(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

const different = (finding: string): Verdict => ({ answer: 'different', finding });

/** How close two states are that may round differently, and the losses on the way. */
export function judgeCloseness(plan: Plan, { steps, state }: Reached, claims: Claims, claimed: State): Verdict {
  const [ours, theirs] = [dataOf(state), dataOf(claimed)];
  const losses = claims ? compareLosses(steps, claims) : [];
  const tensors = tensorsOf(plan);
  const distances = compareDistances(tensors, ours, theirs);
  const norms = compareNorms(tensors, normsOf(ours), normsOf(theirs));
  const widest = findWidest([...losses, ...norms, ...distances]);
  if (shareOf(widest) <= 1) return describeCloseness(tensors, losses, distances);
  const finding = `${describeGap(widest)}, more than rounding explains within ${judgedSteps} steps`;
  if (steps.length <= judgedSteps) return different(finding);
  const advice = `over ${steps.length} steps it may: take two checkpoints that are at most ${judgedSteps} steps apart`;
  return { answer: 'not testable here', finding: `${finding}; ${advice}` };
}

function describeCloseness(tensors: Tensors, losses: readonly Gap[], distances: readonly Gap[]): Verdict {
  const isVelocity = ({ name }: Gap) => tensors.get(name)?.role === 'momentum';
  const farthest = (gaps: readonly Gap[], limit: number) => shorten(limit * shareOf(findWidest(gaps)));
  const velocities = distances.filter(isVelocity);
  return {
    answer: 'equal within',
    within: farthest(
      distances.filter(gap => !isVelocity(gap)),
      distanceLimits.parameter,
    ),
    finding: [
      'every parameter, as a share of its norm or its kernel’s, the larger',
      ...(velocities.length > 0 ? [`velocities within ${farthest(velocities, distanceLimits.momentum)}`] : []),
      ...(losses.length > 0 ? [`losses within ${shorten(Math.max(...losses.map(({ gap }) => gap)))}`] : []),
    ].join('; '),
  };
}

function describeGap({ name, gap, allowed }: Gap): string {
  return `${name} differs by ${shorten(gap)} where ${shorten(allowed)} is allowed`;
}

const shorten = (value: number): number => Number(value.toPrecision(2));
