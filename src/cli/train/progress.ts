/** The progress of a run: where it is, and how both losses have gone since its first step. */
import type { TrainStart } from '../../coordinator/train.js';
import { divergenceBound } from '../../model/divergence.js';
import { saturated } from '../../model/saturation.js';
import type { Position, StepMetrics } from '../../store/records.js';
import { drawSparkline, Trend } from '../terminal/sparkline.js';
import type { StatusLine, View } from '../terminal/statusLine.js';

/** Losses of the steps before those that are shown. */
export type EarlierLosses = Readonly<Record<'dLoss' | 'gLoss', Iterable<number>>>;

export interface StepDisplay {
  /** Tells of a step; the first and the last one are always shown. */
  show(metrics: StepMetrics, position: Position): void;
  /** The losses of a run that is resumed begin where the run did. */
  addBefore(losses: EarlierLosses): void;
}

/** Smaller than this, there is one line. */
const leastBlock = { columns: 59, rows: 8 };

export function showSteps(line: StatusLine, start: TrainStart): StepDisplay {
  const trends = { dLoss: new Trend(), gLoss: new Trend() };
  let recentMs = 0;
  return {
    show(metrics, position) {
      // A moving average over some ten steps: one slow step does not make the time left jump.
      recentMs = recentMs === 0 ? metrics.stepMs : 0.9 * recentMs + 0.1 * metrics.stepMs;
      trends.dLoss.add(metrics.dLoss);
      trends.gLoss.add(metrics.gLoss);
      const now = metrics.step === start.step || metrics.step + 1 === start.schedule.lastStep;
      const facts = describeStep(metrics, position, start, recentMs);
      line.draw(view => drawSteps(facts, trends, view), { now, stays: true });
    },
    addBefore({ dLoss, gLoss }) {
      trends.dLoss.addBefore(dLoss);
      trends.gLoss.addBefore(gLoss);
    },
  };
}

type Facts = ReturnType<typeof describeStep>;

function describeStep(metrics: StepMetrics, position: Position, { schedule, batchSize }: TrainStart, ms: number) {
  return {
    epoch: `${position.epoch + 1}/${Math.ceil(schedule.lastStep / schedule.batchesPerEpoch)}`,
    step: `${metrics.step + 1}/${schedule.lastStep}`,
    dLoss: metrics.dLoss,
    gLoss: metrics.gLoss,
    bound: `JSD ≥ ${divergenceBound(metrics.dLoss).toFixed(3)}`,
    saturated: describeSaturated(metrics.saturation),
    speed: Math.round((1000 * batchSize) / ms),
    secondsLeft: ((schedule.lastStep - metrics.step - 1) * ms) / 1000,
  };
}

const describeSaturated = (code: number): string[] =>
  code & saturated.runaway ? ['RUN AWAY'] : code ? ['SATURATED'] : [];

function drawSteps(facts: Facts, trends: Record<'dLoss' | 'gLoss', Trend>, view: View): readonly string[] {
  if (view.columns < leastBlock.columns || view.rows < leastBlock.rows) return [oneLine(facts, view.columns)];
  const { epoch, step, bound, saturated, speed, secondsLeft } = facts;
  const where = [`epoch ${epoch}`, `step ${step}`];
  const end = [`${speed} images/s`, `${describeSeconds(secondsLeft)} left`];
  const head = firstThatFits(view.columns, [
    [...where, bound, ...saturated, ...end],
    [...where, ...saturated, ...end],
  ]);
  return [
    head,
    drawLoss('D', facts.dLoss, trends.dLoss, colors.discriminator, view),
    drawLoss('G', facts.gLoss, trends.gLoss, colors.generator, view),
  ];
}

/** As much as fits in one line; in a pipe, all. */
function oneLine({ epoch, step, dLoss, gLoss, bound, saturated, speed, secondsLeft }: Facts, columns: number): string {
  const where = [`epoch ${epoch}`, `step ${step}`];
  const losses = [`D loss ${dLoss.toFixed(4)}`, `G loss ${gLoss.toFixed(4)}`];
  const left = describeSeconds(secondsLeft);
  const end = [`${speed} images/s`, `${left} left`];
  return firstThatFits(columns, [
    [...where, ...losses, bound, ...saturated, ...end],
    [...where, ...losses, ...saturated, ...end],
    [epoch, step, `D ${dLoss.toFixed(3)}`, `G ${gLoss.toFixed(3)}`, ...saturated, ...end],
    [[epoch, step, `D ${dLoss.toFixed(2)}`, `G ${gLoss.toFixed(2)}`, `${speed}/s`, left.replace(/ /g, '')].join(' ')],
  ]);
}

function firstThatFits(columns: number, forms: readonly (readonly string[])[]): string {
  const lines = forms.map(words => words.join('  '));
  return lines.find(line => line.length <= columns) ?? lines.at(-1)!;
}

/** Of 256 colours, those that are told from black and from white alike (contrast above 3.8); of 16, the nearest. */
const colors = {
  discriminator: { 256: '38;5;32', 16: '36' },
  generator: { 256: '38;5;166', 16: '35' },
} as const;

type Color = (typeof colors)[keyof typeof colors];

function drawLoss(name: string, loss: number, trend: Trend, color: Color, view: View): string {
  const label = `${name} loss ${loss.toFixed(4)}  `;
  const line = drawSparkline(trend.summarize(view.columns - label.length), view.isUnicode);
  if (view.colorDepth < 4) return label + line;
  return `${label}\x1b[${color[view.colorDepth < 8 ? 16 : 256]}m${line}\x1b[39m`;
}

/** Rounded up first and then split, so that there is no `1 min 60 s`. */
export function describeSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.ceil(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
