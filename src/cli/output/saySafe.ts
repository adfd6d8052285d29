/** What is left of a run that ended before its time, and how to go on. */
import path from 'node:path';
import { ganDist } from '../../shared/program.js';
import { quoteForShell } from '../../shared/shell.js';
import { openRun } from '../../store/index.js';

/**
 * Says up to which step a run is on disk.
 * @param steps - where the run was to end, if not with its config's epochs
 * @param goOn - whether `resume` is of use: what diverged would diverge again
 */
export async function saySafe(
  runPath: string,
  steps: number | undefined,
  say: (text: string) => void,
  goOn = true,
): Promise<void> {
  const run = await openRun(runPath).catch(() => undefined);
  if (!run) return;
  const advice = goOn ? ` Go on with: ${resumeCommand(runPath, steps)}` : '';
  const safe = run.latest
    ? `The run is safe up to step ${run.latest.step}.`
    : 'The run has no checkpoint yet: it begins anew.';
  say(safe + advice);
}

/** What to type to go on to the same end: `--steps` is not among what a run keeps. */
export const resumeCommand = (runPath: string, steps: number | undefined): string =>
  `${ganDist} resume ${quoteForShell(shorten(runPath))}${steps === undefined ? '' : ` --steps ${steps}`}`;

/** A path as one would type it here: not as an option, and not from the home folder. */
export function shorten(absolute: string): string {
  const relative = path.relative(process.cwd(), absolute) || '.';
  if (relative.startsWith('..')) return absolute;
  return /^[-~]/.test(relative) ? `./${relative}` : relative;
}
