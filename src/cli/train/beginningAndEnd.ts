/** What is said when training begins, and when it has ended: a picture, and what to try next. */
import { planSchedule } from '../../coordinator/steps/schedule.js';
import type { TrainOptions, TrainResult, TrainStart } from '../../coordinator/train.js';
import { describeSaturation } from '../../model/saturation.js';
import { ganDist } from '../../shared/program.js';
import { quoteForShell } from '../../shared/shell.js';
import { openRun } from '../../store/index.js';
import { resumeCommand, shorten } from '../output/saySafe.js';
import { formatCount, plural } from '../terminal/format.js';
import { showDigits } from '../terminal/showDigits.js';
import { writeLastGrid } from './lastGrid.js';

export function describeStart({ run, workers, dataset, schedule, step }: TrainStart, { config }: TrainOptions): string {
  const where = step === 0 ? '' : `, from step ${step}`;
  const threads = `${plural(workers, 'worker')}${config.parallel.precision === 'bfloat16' ? ', bfloat16' : ''}`;
  return `${formatCount(dataset.count)} images of ${dataset.name}, ${plural(schedule.lastStep, 'step')} (${schedule.batchesPerEpoch} an epoch)${where}, ${threads}, into ${shorten(run)}`;
}

/** Two lines of digits: what is to be done next stays on the screen. */
const rowsOfDigits = 10;

export async function sayEnd(
  { run, step, stepsNow, stopped }: TrainResult,
  { config, steps }: TrainOptions,
  say: (text: string) => void,
  json: boolean,
): Promise<void> {
  const typed = quoteForShell(shorten(run));
  if (stopped) {
    say(`Stopped after step ${step}, with a checkpoint. Go on with: ${resumeCommand(run, steps)}`);
    return;
  }
  const there = shorten(run);
  const isCut = steps !== undefined && steps <= step;
  if (stepsNow === 0) {
    const why = isCut ? `has ${plural(step, 'step')}, --steps asks for ${steps}` : `is done: ${plural(step, 'step')}`;
    say(`${there} ${why}. There is nothing left to train.`);
  } else say(`Done: ${there} has ${plural(step, 'step')}.`);
  for (const text of await readSaturation(run)) say(`But ${text}.`);
  const picture = await writeLastGrid(run).catch((error: Error) => say(error.message));
  if (picture) {
    say(`Its digits: ${shorten(picture.path)}`);
    if (!json) process.stderr.write(showDigits(picture.fixed, picture.imageShape, process.stderr, rowsOfDigits));
  }
  const { latest, imageCount } = await openRun(run);
  const isShort = latest && latest.epoch < config.training.epochs;
  const epochs = isShort ? config.training.epochs : 2 * (latest?.epoch ?? 1);
  const more = isShort ? '' : ` --epochs ${epochs}`;
  const { lastStep } = planSchedule({ ...config, training: { ...config.training, epochs } }, imageCount);
  const next = [
    [`view ${typed}`, 'film, losses and weights in the browser'],
    [`generate ${typed} --nice`, 'the best 128 of 2560 new digits'],
    [`inspect ${typed}`, 'what is in the run'],
    [`film ${typed}`, 'the training as a film: film.gif'],
    [`inspect ${typed} --png pictures`, 'every grid of the training as a picture'],
    [`resume ${typed}${more}`, `train on to step ${formatCount(lastStep)}, exactly from here`],
  ] as const;
  const width = Math.max(...next.map(([command]) => command.length));
  say(['Next:', ...next.map(([command, what]) => `  ${ganDist} ${command.padEnd(width)}  ${what}`)].join('\n'));
  if (picture && !json) process.stdout.write(`${picture.path}\n`);
}

/** What is wrong with the game at its end, if metrics can be read. */
async function readSaturation(run: string): Promise<string[]> {
  const { data } = await openRun(run)
    .then(opened => opened.readArray('metrics/saturation'))
    .catch(() => ({ data: [] }));
  return describeSaturation(Number(data.at(-1) ?? 0));
}
