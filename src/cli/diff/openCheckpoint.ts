/** A checkpoint as the command line names it: `RUN@STEP`, or `RUN` for its newest. */
import { existsSync } from 'node:fs';
import { UsageError } from '../../shared/errors.js';
import { openRun, type Run } from '../../store/index.js';

export interface NamedCheckpoint {
  readonly run: Run;
  readonly step: number;
  /** As a person types it: `RUN@STEP`. */
  readonly name: string;
}

/**
 * @throws UsageError for what is no step, StoreError when there is no run, CheckpointError when
 * there is no such checkpoint
 */
export async function openCheckpoint(text: string): Promise<NamedCheckpoint> {
  const { path, step } = parseCheckpointName(text);
  const run = await openRun(path);
  const chosen = run.chooseCheckpoint(step);
  return { run, step: chosen, name: `${path}@${chosen}` };
}

/** A folder may have an @ in its own name. */
function parseCheckpointName(text: string): { path: string; step?: number } {
  const [, path, step] = /^(.+)@([^/@]*)$/.exec(text) ?? [];
  if (path === undefined || step === undefined || existsSync(text) || !existsSync(path)) return { path: text };
  if (/^\d{1,15}$/.test(step)) return { path, step: Number(step) };
  throw new UsageError(`${text}: expected the step of a checkpoint after @, found ${JSON.stringify(step)}`);
}
