/** Training as a person sees it: progress, signals, and at the end a picture and what to try next. */
import path from 'node:path';
import { type TrainOptions, type TrainResult, type TrainStart, train } from '../coordinator/train.js';
import type { Position, StepMetrics } from '../shared/records.js';
import { writeLastGrid } from './lastGrid.js';
import { openProgress } from './progress.js';
import { catchSignals } from './signals.js';

/** Trains with progress on stderr, and on stdout one JSON object a step or, at the end, the path of the picture. */
export async function trainInTerminal(options: TrainOptions, json: boolean): Promise<void> {
  const progress = openProgress(process.stderr);
  const signals = catchSignals(name =>
    progress.say(`${name}: finishing this step, then a checkpoint; again to stop at once`),
  );
  progress.wait('Loading the images and TensorFlow …');
  try {
    const result = await train({
      ...options,
      signal: signals.signal,
      onStart: start => {
        progress.start(start);
        progress.say(describeStart(start));
      },
      onStep: (metrics, position) => {
        progress.step(metrics, position);
        if (json) process.stdout.write(`${JSON.stringify(jsonLine(metrics, position))}\n`);
      },
      onEvent: (_kind, message) => progress.say(message),
    });
    progress.end();
    await sayEnd(result, progress.say, json);
    process.exitCode = signals.exitCode;
  } finally {
    progress.end();
    signals.release();
  }
}

function describeStart({ run, workers, dataset, schedule, step }: TrainStart): string {
  const where = step === 0 ? '' : `, from step ${step}`;
  const threads = workers === 1 ? '1 worker' : `${workers} workers`;
  return `${dataset.count} images of ${dataset.name}, ${schedule.lastStep} steps (${schedule.batchesPerEpoch} an epoch)${where}, ${threads}, into ${shorten(run)}`;
}

const jsonLine = ({ step, dLoss, gLoss, stepMs }: StepMetrics, { epoch, batch }: Position) => ({
  step,
  epoch,
  batch,
  dLoss,
  gLoss,
  stepMs,
});

async function sayEnd(result: TrainResult, say: (text: string) => void, json: boolean): Promise<void> {
  const run = shorten(result.run);
  if (result.stopped) {
    say(`Stopped after step ${result.step}, with a checkpoint. Go on with: npx gan-dist resume ${run}`);
    return;
  }
  const picture = await writeLastGrid(result.run);
  say(
    result.stepsNow === 0
      ? `${run} is done: ${result.step} steps. There is nothing left to train.`
      : `Done: ${result.step} steps are in ${run}.`,
  );
  say(`Its digits: ${shorten(picture)}`);
  say(
    [
      'Next:',
      `  npx gan-dist generate ${run} --nice                  the best 128 of 2560 new digits`,
      `  npx gan-dist inspect ${run}                          what is in the run`,
      `  npx gan-dist inspect ${run} --png pictures           every grid of the training as a picture`,
      `  npx gan-dist resume ${run} --epochs ${nextEpochs(result)}               train on, exactly from here`,
    ].join('\n'),
  );
  if (!json) process.stdout.write(`${picture}\n`);
}

const nextEpochs = ({ epochs }: TrainResult) => Math.max(epochs + 1, 2 * epochs);

/** A path as one would type it here. */
function shorten(absolute: string): string {
  const relative = path.relative(process.cwd(), absolute);
  return relative.startsWith('..') ? absolute : relative;
}
