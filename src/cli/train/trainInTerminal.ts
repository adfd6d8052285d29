/** Training as a person sees it: progress and signals. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type TrainOptions, type TrainStart, train } from '../../coordinator/train.js';
import { formatFingerprint } from '../../model/comparison/fingerprint.js';
import { DivergenceError, LockError } from '../../shared/errors.js';
import { openRun } from '../../store/index.js';
import type { Position, StepMetrics } from '../../store/records.js';
import { saySafe } from '../output/saySafe.js';
import { isOfThreads, type Supervisor } from '../supervise/supervisor.js';
import { catchSignals } from '../terminal/signals.js';
import { openStatusLine } from '../terminal/statusLine.js';
import { describeStart, sayEnd } from './beginningAndEnd.js';
import { type StepDisplay, showSteps } from './progress.js';

/** EX_TEMPFAIL of sysexits.h: the time that `--max-time` gave is over, and the run is not. */
const tryAgainLater = 75;

export interface TerminalOptions {
  readonly json: boolean;
  /** A folder for TensorBoard. */
  readonly tensorboard?: string;
  /** The process that starts this one again when it crashes. */
  readonly supervisor?: Supervisor;
}

/** Trains with progress on stderr, and on stdout one JSON object a step or, at the end, the path of the picture. */
export async function trainInTerminal(options: TrainOptions, terminal: TerminalOptions): Promise<void> {
  const { json, tensorboard, supervisor } = terminal;
  const line = openStatusLine(process.stderr, 10_000);
  let run: string | undefined;
  let steps: StepDisplay | undefined;
  const board = tensorboard === undefined ? undefined : await openBoard(tensorboard, options, line.say);
  const signals = catchSignals({
    onFirst: name => {
      const what =
        run === undefined ? 'still starting, stopping when it has' : 'finishing this step, then a checkpoint';
      line.say(`${name}: ${what}; SIGINT${name === 'SIGINT' ? ' again' : ''} (Ctrl-C) stops at once`);
    },
    onIgnored: name =>
      line.say(`${name}: the run goes on, since it has no terminal; SIGTERM stops it, with a checkpoint`),
    onSecond: async () => {
      line.end();
      await Promise.race([saySafe(run ?? options.config.output.run, options.steps, line.say), sleep(1000)]);
    },
  });
  supervisor?.onGone(() => {
    line.say('The process that watched over this run is gone: it stops too, with a checkpoint');
    signals.stop('SIGTERM');
  });
  line.draw('Loading the images and TensorFlow …');
  try {
    const result = await train({
      ...options,
      signal: signals.signal,
      onStart: start => {
        run = start.run;
        board?.start(start.step);
        steps = showSteps(line, start);
        if (start.step > 0) void addEarlierLosses(steps, start);
        line.say(describeStart(start, options));
        supervisor?.tell({ kind: 'begun', run, step: start.step });
      },
      onStep: (metrics, position) => {
        // On one terminal they would run into each other.
        if (!(json && process.stdout.isTTY)) steps?.show(metrics, position);
        if (json) process.stdout.write(`${JSON.stringify(jsonLine(metrics, position))}\n`);
        supervisor?.tell({ kind: 'done', step: metrics.step + 1 });
        board?.addMetrics(metrics);
      },
      onSample: sample => board?.addSample(sample),
      // The supervisor has told of its restart, and of a failure this tells at its end.
      onEvent: (kind, message) => !['restart', 'failure'].includes(kind) && line.say(message),
    });
    await board?.close();
    line.end();
    const isLate = result.stopped && signals.exitCode === 0;
    if (isLate) line.say('The time that --max-time gives is nearly over');
    await sayEnd(result, options, line.say, json);
    // A failure that was noted meanwhile, such as a disk too full for our output, stays.
    if (signals.exitCode !== 0) process.exitCode = signals.exitCode;
    else if (isLate) process.exitCode ||= tryAgainLater;
  } catch (error) {
    line.end();
    supervisor?.tellFailure(error);
    const isTriedAgain = supervisor !== undefined && isOfThreads(error);
    if (run !== undefined)
      await saySafe(
        run,
        options.steps,
        line.say,
        !isTriedAgain && !(error instanceof DivergenceError || error instanceof LockError),
      );
    throw error;
  } finally {
    await board?.close();
    signals.release();
  }
}

/** For the eye only: what cannot be read of a damaged run is not there. */
async function addEarlierLosses(steps: StepDisplay, { run, step }: TrainStart): Promise<void> {
  const metrics = await openRun(run)
    .then(opened => opened.readMetrics())
    .catch(() => undefined);
  if (metrics) steps.addBefore({ dLoss: metrics.dLoss.subarray(0, step), gLoss: metrics.gLoss.subarray(0, step) });
}

async function openBoard(folder: string, { config }: TrainOptions, say: (text: string) => void) {
  const { openTensorBoard } = await import('./tensorBoard.js');
  return openTensorBoard(folder, config, say);
}

const jsonLine = ({ step, dLoss, gLoss, stepMs, fingerprint, ...more }: StepMetrics, { epoch, batch }: Position) => ({
  step,
  epoch,
  batch,
  dLoss,
  gLoss,
  stepMs,
  ...more,
  fingerprint: formatFingerprint(fingerprint),
});
