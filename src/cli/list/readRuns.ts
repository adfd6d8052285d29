/** What a table of many runs says of each: read from its metadata and the last of its metrics alone. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Config, checkStoredConfig } from '../../config/config.js';
import { planSchedule } from '../../coordinator/steps/schedule.js';
import { describeSaturation } from '../../model/saturation.js';
import { GanDistError } from '../../shared/errors.js';
import { isBeingWritten, openRun, type Run } from '../../store/index.js';
import { averageLast, recentSteps, type Standing } from '../inspect/standing.js';

export interface ListedRun {
  /** As it was named. */
  readonly run: string;
  readonly runId: string;
  readonly state: 'training' | 'stopped' | 'done';
  readonly steps: number;
  readonly plannedSteps: number;
  /** The newest one's step. */
  readonly checkpoint: number | null;
  /** Means over the last steps, at most 100. Null before the first step. */
  readonly last: (Standing & { readonly steps: number }) | null;
  readonly warnings: readonly string[];
  readonly config: Config;
}

export interface UnreadableRun {
  readonly run: string;
  readonly problem: string;
}

/** What lies beside a run, and comes along where a shell names all of a folder. */
const companions = ['.lock', '.tmp', '.png'];

/** @param paths - as a person, or a shell for them, has named them */
export async function readRuns(paths: readonly string[]): Promise<(ListedRun | UnreadableRun)[]> {
  const runs = paths.filter(
    each => !companions.some(end => each.endsWith(end) && paths.includes(each.slice(0, -end.length))),
  );
  return Promise.all(runs.map(readRun));
}

async function readRun(named: string): Promise<ListedRun | UnreadableRun> {
  try {
    await stat(named);
    return await describe(named, await openRun(named));
  } catch (error) {
    if (error instanceof GanDistError) return { run: named, problem: error.message };
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { run: named, problem: `there is no run at ${path.resolve(named)}` };
  }
}

async function describe(named: string, run: Run): Promise<ListedRun> {
  const config = checkStoredConfig(run.config, run.path);
  const { lastStep } = planSchedule(config, run.imageCount);
  const metrics = run.steps > 0 ? await run.readMetrics() : undefined;
  const isTraining = await isBeingWritten(run.path);
  return {
    run: named,
    runId: run.attributes.runId,
    state: isTraining ? 'training' : run.steps >= lastStep ? 'done' : 'stopped',
    steps: run.steps,
    plannedSteps: lastStep,
    checkpoint: run.latest?.step ?? null,
    last: metrics ? { steps: Math.min(recentSteps, run.steps), ...averageLast(metrics, recentSteps) } : null,
    warnings: [...(run.damage ? [run.damage] : []), ...describeSaturation(metrics?.saturation.at(-1) ?? 0)],
    config,
  };
}
