/** The progress of a run on stderr: a line that redraws in a terminal, and in a pipe a line every so often. */
import type { TrainStart } from '../coordinator/train.js';
import type { Position, StepMetrics } from '../shared/records.js';

export interface Progress {
  /** What a person waits for before the first step; only a terminal shows it, until something else is to be said. */
  wait(text: string): void;
  /** A message of its own line, above the progress. */
  say(text: string): void;
  start(start: TrainStart): void;
  step(metrics: StepMetrics, position: Position): void;
  end(): void;
}

const redrawMs = 100;
const plainLineMs = 10_000;
const clearLine = '\r\x1b[K';

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export function openProgress(stream: Stream): Progress {
  const isTerminal = stream.isTTY === true;
  const interval = isTerminal ? redrawMs : plainLineMs;
  let started: TrainStart | undefined;
  let recentMs = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  let drawn = '';

  let isWaiting = false;

  const clear = () => {
    if (drawn) stream.write(clearLine);
    if (isWaiting) drawn = '';
    isWaiting = false;
  };
  return {
    wait(text) {
      if (!isTerminal) return;
      isWaiting = true;
      drawn = text;
      stream.write(drawn);
    },
    say(text) {
      clear();
      stream.write(`${text}\n`);
      if (drawn) stream.write(drawn);
    },
    start(start) {
      started = start;
    },
    step(metrics, position) {
      // A moving average over some ten steps: one slow step does not make the time left jump.
      recentMs = recentMs === 0 ? metrics.stepMs : 0.9 * recentMs + 0.1 * metrics.stepMs;
      const isLast = metrics.step + 1 === started!.schedule.lastStep;
      if (!isLast && performance.now() - shownAt < interval) return;
      shownAt = performance.now();
      const line = describeStep(metrics, position, started!, recentMs);
      if (isTerminal) {
        isWaiting = false;
        drawn = line.slice(0, (stream.columns ?? 80) - 1);
        stream.write(clearLine + drawn);
      } else stream.write(`${line}\n`);
    },
    end() {
      if (isWaiting) clear();
      else if (drawn) stream.write('\n');
      drawn = '';
    },
  };
}

/** `log 2 − dLoss` is what D has proved so far of the Jensen–Shannon divergence between real and fake, in nats. */
function describeStep(
  metrics: StepMetrics,
  position: Position,
  { schedule, batchSize }: TrainStart,
  ms: number,
): string {
  const epochs = Math.ceil(schedule.lastStep / schedule.batchesPerEpoch);
  const left = ((schedule.lastStep - metrics.step - 1) * ms) / 1000;
  const bound = Math.LN2 - metrics.dLoss;
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
