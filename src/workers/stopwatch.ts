/** Times a rank's phases, for `gan-dist bench`. */
import type { PhaseTimes } from '../memory/messages.js';
import type { Rank } from './rank.js';
import { readArithmeticMs } from './tensorflow/ops.js';

/** The same rank, which notes in `phases` what it does between barriers. */
export function withStopwatch(rank: Rank): { rank: Rank; phases: PhaseTimes[] } {
  const phases: PhaseTimes[] = [];
  let [start, arithmeticBefore] = [now(), readArithmeticMs()];
  const barrier = (name: string) => {
    const [arrived, arithmeticNow] = [now(), readArithmeticMs()];
    rank.barrier(name);
    const end = now();
    phases.push({ name, start, arrived, end, arithmetic: arithmeticNow - arithmeticBefore });
    [start, arithmeticBefore] = [end, arithmeticNow];
  };
  return { rank: { ...rank, barrier }, phases };
}

/** A thread's own clock starts with the thread. */
const now = (): number => performance.timeOrigin + performance.now();
