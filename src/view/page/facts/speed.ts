/** How long steps take, from the newest of them. */
import { chunkRows, readChunk, stepsOf } from '../charts/readCurves.js';
import type { OpenRun } from '../panel.js';
import { count } from './describe.js';

export interface Speed {
  /** Median of the newest steps. */
  readonly stepMs: number;
  readonly imagesPerSecond: number;
}

const newest = 100;

/** @returns undefined when there is no step yet */
export async function readSpeed(run: OpenRun): Promise<Speed | undefined> {
  const [steps, size] = [stepsOf(run), chunkRows(run)];
  const chunks = [...new Set([steps - newest, steps - 1].map(step => Math.floor(Math.max(step, 0) / size)))];
  const read = await Promise.all(chunks.map(chunk => readChunk(run, 'step_ms', chunk, size)));
  const times = read.flatMap(part => Array.from(part as Float32Array)).slice(-newest);
  const stepMs = times.filter(Number.isFinite).sort((a, b) => a - b)[Math.floor(times.length / 2)];
  if (stepMs === undefined) return undefined;
  return { stepMs, imagesPerSecond: (1000 * run.attributes.config?.training?.batchSize) / stepMs };
}

export const describeSpeed = (speed: Speed | undefined): string =>
  speed ? `${count(Math.round(speed.stepMs))} ms a step, ${count(Math.round(speed.imagesPerSecond))} images/s` : '–';
