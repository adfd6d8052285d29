/** The progress of a run: a status line that tells of the newest step. */
import type { TrainStart } from '../coordinator/train.js';
import { divergenceBound } from '../shared/divergence.js';
import type { Position, StepMetrics } from '../shared/records.js';
import type { StatusLine } from './statusLine.js';

/** @returns what is to be told of each step; the first and the last one are always shown */
export function showSteps(line: StatusLine, start: TrainStart): (metrics: StepMetrics, position: Position) => void {
  let recentMs = 0;
  return (metrics, position) => {
    // A moving average over some ten steps: one slow step does not make the time left jump.
    recentMs = recentMs === 0 ? metrics.stepMs : 0.9 * recentMs + 0.1 * metrics.stepMs;
    const now = metrics.step === start.step || metrics.step + 1 === start.schedule.lastStep;
    line.draw(describeStep(metrics, position, start, recentMs), { now, stays: true });
  };
}

function describeStep(
  metrics: StepMetrics,
  position: Position,
  { schedule, batchSize }: TrainStart,
  ms: number,
): string {
  const epochs = Math.ceil(schedule.lastStep / schedule.batchesPerEpoch);
  const left = ((schedule.lastStep - metrics.step - 1) * ms) / 1000;
  const bound = divergenceBound(metrics.dLoss);
  return [
    `epoch ${position.epoch + 1}/${epochs}`,
    `step ${metrics.step + 1}/${schedule.lastStep}`,
    `D loss ${metrics.dLoss.toFixed(4)}`,
    `G loss ${metrics.gLoss.toFixed(4)}`,
    `JSD ≥ ${bound.toFixed(3)}`,
    ...(metrics.saturation ? ['SATURATED'] : []),
    `${Math.round((1000 * batchSize) / ms)} images/s`,
    `${describeSeconds(left)} left`,
  ].join('  ');
}

/** Rounded up first and then split, so that there is no `1 min 60 s`. */
export function describeSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.ceil(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
