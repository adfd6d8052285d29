/** Training as a person sees it: progress, signals, and at the end a picture and what to try next. */
import path from 'node:path';
import { type TrainOptions, type TrainResult, type TrainStart, train } from '../coordinator/train.js';
import { DivergenceError } from '../shared/errors.js';
import { formatFingerprint } from '../shared/fingerprint.js';
import type { Position, StepMetrics } from '../shared/records.js';
import { quoteForShell } from '../shared/shell.js';
import { openRun } from '../store/index.js';
import { formatCount, plural } from './inspect/format.js';
import { writeLastGrid } from './lastGrid.js';
import { showSteps } from './progress.js';
import { catchSignals } from './signals.js';
import { openStatusLine } from './statusLine.js';

/** Trains with progress on stderr, and on stdout one JSON object a step or, at the end, the path of the picture. */
export async function trainInTerminal(options: TrainOptions, json: boolean): Promise<void> {
  const line = openStatusLine(process.stderr, 10_000);
  const signals = catchSignals(name =>
    line.say(
      `${name}: finishing this step, then a checkpoint; SIGINT${name === 'SIGINT' ? ' again' : ''} (Ctrl-C) stops at once`,
    ),
  );
  let run: string | undefined;
  let showStep: ReturnType<typeof showSteps> | undefined;
  line.draw('Loading the images and TensorFlow …');
  try {
    const result = await train({
      ...options,
      signal: signals.signal,
      onStart: start => {
        run = start.run;
        showStep = showSteps(line, start);
        line.say(describeStart(start));
      },
      onStep: (metrics, position) => {
        // On one terminal they would run into each other.
        if (!(json && process.stdout.isTTY)) showStep?.(metrics, position);
        if (json) process.stdout.write(`${JSON.stringify(jsonLine(metrics, position))}\n`);
      },
      onEvent: (_kind, message) => line.say(message),
    });
    line.end();
    await sayEnd(result, options, line.say, json);
    // A failure that was noted meanwhile, such as a disk too full for our output, stays.
    if (signals.exitCode !== 0) process.exitCode = signals.exitCode;
  } catch (error) {
    line.end();
    if (run !== undefined) await saySafe(run, error, line.say);
    throw error;
  } finally {
    signals.release();
  }
}

function describeStart({ run, workers, dataset, schedule, step }: TrainStart): string {
  const where = step === 0 ? '' : `, from step ${step}`;
  const threads = plural(workers, 'worker');
  return `${formatCount(dataset.count)} images of ${dataset.name}, ${plural(schedule.lastStep, 'step')} (${schedule.batchesPerEpoch} an epoch)${where}, ${threads}, into ${shorten(run)}`;
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

async function sayEnd(
  { run, step, stepsNow, stopped }: TrainResult,
  { config, steps }: TrainOptions,
  say: (text: string) => void,
  json: boolean,
): Promise<void> {
  const typed = quoteForShell(shorten(run));
  if (stopped) {
    say(`Stopped after step ${step}, with a checkpoint. Go on with: npx gan-dist resume ${typed}`);
    return;
  }
  const there = shorten(run);
  const isCut = steps !== undefined && steps <= step;
  if (stepsNow === 0) {
    const why = isCut ? `has ${plural(step, 'step')}, --steps asks for ${steps}` : `is done: ${plural(step, 'step')}`;
    say(`${there} ${why}. There is nothing left to train.`);
  } else say(`Done: ${there} has ${plural(step, 'step')}.`);
  const picture = await writeLastGrid(run).catch((error: Error) => say(error.message));
  if (picture) say(`Its digits: ${shorten(picture)}`);
  const { latest } = await openRun(run);
  const more = latest && latest.epoch < config.training.epochs ? '' : ` --epochs ${2 * (latest?.epoch ?? 1)}`;
  const next = [
    [`generate ${typed} --nice`, 'the best 128 of 2560 new digits'],
    [`inspect ${typed}`, 'what is in the run'],
    [`inspect ${typed} --png pictures`, 'every grid of the training as a picture'],
    [`resume ${typed}${more}`, 'train on, exactly from here'],
  ] as const;
  const width = Math.max(...next.map(([command]) => command.length));
  say(['Next:', ...next.map(([command, what]) => `  npx gan-dist ${command.padEnd(width)}  ${what}`)].join('\n'));
  if (picture && !json) process.stdout.write(`${picture}\n`);
}

/** After a failure: what is left, and how to go on. What diverged would diverge again. */
async function saySafe(path: string, error: unknown, say: (text: string) => void): Promise<void> {
  const run = await openRun(path).catch(() => undefined);
  if (!run?.latest) return;
  const goOn =
    error instanceof DivergenceError ? '' : ` Go on with: npx gan-dist resume ${quoteForShell(shorten(path))}`;
  say(`The run is safe up to step ${run.latest.step}.${goOn}`);
}

/** A path as one would type it here. */
function shorten(absolute: string): string {
  const relative = path.relative(process.cwd(), absolute) || '.';
  return relative.startsWith('..') ? absolute : relative;
}
