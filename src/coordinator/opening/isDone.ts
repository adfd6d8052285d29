/** Whether a run has all the steps that are asked for, in a state that can be gone on from. */
import { CheckpointError } from '../../shared/errors.js';
import type { Run } from '../../store/index.js';

/**
 * A damaged newest checkpoint at the end is no end: opening the run drops it, and its steps are done again. Beyond the
 * end that would throw away steps that nobody asked to lose: it is told, and nothing is changed.
 * @param tell - what a person should know
 * @throws CheckpointError when the run is beyond the end and none of its checkpoints is good
 */
export async function isDone(run: Run, lastStep: number, tell: (message: string) => void): Promise<boolean> {
  const done = run.latest?.step ?? 0;
  if (done < lastStep) return false;
  const damage = await describeDamage(run);
  if (damage !== undefined && done > lastStep) tell(damage);
  return damage === undefined || done > lastStep;
}

/** What is wrong with the newest checkpoint, and what going on would do about it; undefined for a good one. */
async function describeDamage(run: Run): Promise<string | undefined> {
  const newest = run.latest?.step;
  if (newest === undefined) return undefined;
  const [problem] = await run.verifyCheckpoint(newest);
  if (!problem) return undefined;
  const good = await findGood(run, newest);
  const what = `checkpoint ${newest} is damaged (${problem.message})`;
  if (good === undefined) throw new CheckpointError(`${what}, and no other is good; nothing was changed`, problem.path);
  const again = good + 1 === newest ? `step ${good}` : `steps ${good} to ${newest - 1}`;
  return `${what}: to go on, resume would delete it, go back to checkpoint ${good} and do ${again} again (--steps ${newest} does just that); nothing was changed`;
}

/** The newest good checkpoint before a step. */
async function findGood(run: Run, before: number): Promise<number | undefined> {
  for (const step of run.checkpoints.filter(step => step < before).reverse())
    if ((await run.verifyCheckpoint(step)).length === 0) return step;
  return undefined;
}
