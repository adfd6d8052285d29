/** Times a rank's phases, for `gan-dist bench`. */
import type { PhaseTimes } from '../memory/messages.js';
import type { Meet } from './rank.js';
import { thread } from './thread.js';

/** The same meetings, which note in `phases` what the rank does between them. */
export function withStopwatch(meet: Meet): { meet: Meet; phases: PhaseTimes[] } {
  const phases: PhaseTimes[] = [];
  let [start, arithmeticBefore] = [now(), thread.arithmeticMs];
  const timed: Meet = name => {
    const [arrived, arithmeticNow] = [now(), thread.arithmeticMs];
    meet(name);
    const end = now();
    phases.push({ name, start, arrived, end, arithmetic: arithmeticNow - arithmeticBefore });
    [start, arithmeticBefore] = [end, arithmeticNow];
  };
  return { meet: timed, phases };
}

/** A thread's own clock starts with the thread. */
const now = (): number => performance.timeOrigin + performance.now();
