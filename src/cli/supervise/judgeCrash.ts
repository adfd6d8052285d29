/** When a training process that crashed is started again, and when that would not help. */

/** The end of a process that did not choose it. */
export interface Crash {
  /** Completes "the process …": `was ended by SIGSEGV`. */
  readonly how: string;
  /** The step that it was in; undefined: it had not come to training. */
  readonly step: number | undefined;
}

export type Verdict = { readonly restartAfterSeconds: number } | { readonly giveUp: string };

/** So many crashes in a row in one step are no accident: what a step computes is the same every time. */
const crashesOfOneStep = 3;
const firstDelaySeconds = 0.5;
const mostDelaySeconds = 60;

/** @param crashes - all so far, oldest first */
export function judgeCrash(crashes: readonly Crash[], maxRestarts: number): Verdict {
  const [last] = crashes.slice(-1);
  const recent = crashes.slice(-crashesOfOneStep);
  if (recent.length === crashesOfOneStep && recent.every(({ step }) => step === last!.step))
    return {
      giveUp: `it crashed ${describePlace(last!)} ${crashesOfOneStep} times in a row: another restart would not help`,
    };
  if (crashes.length > maxRestarts) return { giveUp: `--max-restarts ${maxRestarts} allows no further restart` };
  return { restartAfterSeconds: Math.min(mostDelaySeconds, firstDelaySeconds * 2 ** countFruitless(crashes)) };
}

/** "in step 57". */
export const describePlace = ({ step }: Crash): string =>
  step === undefined ? 'before its first step' : `in step ${step}`;

/** Crashes since one that came further than all before it: the delay grows with those, not over days that go well. */
function countFruitless(crashes: readonly Crash[]): number {
  let furthest = -1;
  let fruitless = -1;
  for (const { step = -1 } of crashes) {
    fruitless = step > furthest ? 0 : fruitless + 1;
    furthest = Math.max(furthest, step);
  }
  return fruitless;
}
