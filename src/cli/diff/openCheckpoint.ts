/** A checkpoint as the command line names it: `RUN@STEP`, or `RUN` for its newest. */
import { existsSync } from 'node:fs';
import { CheckpointError } from '../../shared/errors.js';
import { openRun, type Run } from '../../store/index.js';

export interface NamedCheckpoint {
  readonly run: Run;
  readonly step: number;
}

/** @throws StoreError when there is no run, CheckpointError when there is no such checkpoint */
export async function openCheckpoint(text: string): Promise<NamedCheckpoint> {
  const { path, step } = parseCheckpointName(text);
  const run = await openRun(path);
  const wanted = step ?? run.checkpoints.at(-1);
  if (wanted === undefined) throw new CheckpointError(`${run.path} has no checkpoint yet`, run.path);
  run.checkpointAttributes(wanted);
  return { run, step: wanted };
}

/** A folder may have an @ in its own name. */
function parseCheckpointName(text: string): { path: string; step?: number } {
  const [, path, step] = /^(.+)@(\d{1,15})$/.exec(text) ?? [];
  if (path === undefined || existsSync(text)) return { path: text };
  return { path, step: Number(step) };
}
