/** A checkpoint as the command line names it: `RUN@STEP`, or `RUN` for its newest. */
import { existsSync } from 'node:fs';
import { openRun, type Run } from '../../store/index.js';

export interface NamedCheckpoint {
  readonly run: Run;
  readonly step: number;
}

/** @throws StoreError when there is no run, CheckpointError when there is no such checkpoint */
export async function openCheckpoint(text: string): Promise<NamedCheckpoint> {
  const { path, step } = parseCheckpointName(text);
  const run = await openRun(path);
  return { run, step: run.chooseCheckpoint(step) };
}

/** A folder may have an @ in its own name. */
function parseCheckpointName(text: string): { path: string; step?: number } {
  const [, path, step] = /^(.+)@(\d{1,15})$/.exec(text) ?? [];
  if (path === undefined || existsSync(text)) return { path: text };
  return { path, step: Number(step) };
}
