/** What `gan-dist bench` says of its measurements: for people, and for programs. */
import type { Config } from '../../config/config.js';
import type { Measurement, PhaseSummary } from '../../coordinator/bench/measure.js';
import { fitPhases, type Prediction, predict } from '../../coordinator/bench/scaling.js';
import { countProcessors } from '../../coordinator/pool/countWorkers.js';
import { describeEngine } from '../../shared/engine.js';
import { plural } from '../terminal/format.js';
import { formatTable } from '../terminal/table.js';

/** A number of workers is worth no more threads than another that is slower by less than this. */
const worthwhile = 0.03;
const predictedCores = [4, 8, 16, 32, 64];

interface SpeedUp extends Prediction {
  /** Workers that `speedUp` compares with: the fewest measured, as the model has them. */
  readonly against: number;
  readonly speedUp: number;
}

interface Totals {
  readonly compute: number;
  readonly arithmetic: number;
  readonly wait: number;
  /** By how much the slowest rank of each phase is slower than the mean one. */
  readonly imbalance: number;
}

/** @returns the smallest number of workers that is as fast as any, to three per cent */
export function findBest(measurements: readonly Measurement[]): Measurement {
  const fastest = Math.min(...measurements.map(({ stepMs }) => stepMs));
  return measurements.find(({ stepMs }) => stepMs <= fastest * (1 + worthwhile))!;
}

/** @param threads - that this machine runs at once */
export function toText(
  config: Config,
  measurements: readonly Measurement[],
  threads: number = countProcessors(),
): string {
  const most = measurements.at(-1)!;
  return [
    describeSetting(config, measurements, threads),
    '',
    formatTable(
      ['workers', 'ms/step', 'images/s', 'speed-up', 'arithmetic', 'wait', 'imbalance'],
      speeds(config, measurements),
    ),
    '',
    ...advise(config, measurements, threads),
    '',
    `Phases with ${plural(most.workers, 'worker')}, medians in ms. A phase ends at the barrier that it is named after.`,
    '',
    formatTable(['phase', 'compute', 'slowest', 'wait', 'imbalance'], [...most.phases.map(describePhase), total(most)]),
    '',
    ...describePredictions(predictAll(config, measurements, threads)),
  ].join('\n');
}

export function toJson(config: Config, measurements: readonly Measurement[]): string {
  const { batchSize } = config.training;
  const threads = countProcessors();
  const report = {
    engine: describeEngine(),
    threads,
    batchSize,
    slices: config.parallel.slices,
    precision: config.parallel.precision,
    best: findBest(measurements).workers,
    measurements: measurements.map(({ workers, stepMs, steps, phases }) => ({
      workers,
      stepMs,
      imagesPerSecond: (1000 * batchSize) / stepMs,
      ...sumUp(phases),
      steps: steps.map(({ ms }) => ms),
      phases,
    })),
    predictions: predictAll(config, measurements, threads),
  };
  return JSON.stringify(report, null, 2);
}

function describeSetting(
  { training, parallel }: Config,
  measurements: readonly Measurement[],
  threads: number,
): string {
  const { cpu, tensorflow } = describeEngine();
  const steps = plural(measurements[0]!.steps.length, 'step');
  return `${cpu}, ${plural(threads, 'thread')}, TensorFlow ${tensorflow}; batch ${training.batchSize}, ${plural(parallel.slices, 'slice')}, ${parallel.precision}; ${steps} each`;
}

function speeds({ training }: Config, measurements: readonly Measurement[]): string[][] {
  return measurements.map(({ workers, stepMs, phases }) => {
    const { compute, arithmetic, wait, imbalance } = sumUp(phases);
    return [
      `${workers}`,
      stepMs.toFixed(0),
      ((1000 * training.batchSize) / stepMs).toFixed(0),
      (measurements[0]!.stepMs / stepMs).toFixed(2),
      percent(arithmetic / (compute + wait)),
      percent(wait / (compute + wait)),
      percent(imbalance),
    ];
  });
}

function advise({ parallel }: Config, measurements: readonly Measurement[], threads: number): string[] {
  const most = measurements.at(-1)!;
  const useful = Math.min(threads, parallel.slices);
  const advice = [adviseWorkers(measurements, useful)];
  if (most.workers > threads)
    advice.push(`${plural(most.workers, 'worker')} had to share ${plural(threads, 'thread')}.`);
  if (parallel.slices > threads) {
    // Only a new run can have other slices: they are part of its maths.
    const settings = `--set parallel.slices=${threads} --workers ${threads === 1 ? '1' : `1,${threads}`}`;
    advice.push(
      `Fewer slices are faster, for a new run that will never have more workers: compare with ${settings} (docs/performance.md).`,
    );
  }
  return advice;
}

function adviseWorkers(measurements: readonly Measurement[], useful: number): string {
  const best = findBest(measurements);
  const most = measurements.at(-1)!;
  if (measurements.length === 1) {
    const more = useful > 1 ? `; --workers 1,${useful} compares` : '';
    return `Only ${plural(best.workers, 'worker')} measured${more}.`;
  }
  const take = `take ${plural(best.workers, 'worker')} (parallel.workers: ${best.workers}).`;
  if (best === most) return `${take[0]!.toUpperCase()}${take.slice(1)}`;
  const [ms, mostMs] = [best.stepMs.toFixed(0), most.stepMs.toFixed(0)];
  const close = best.stepMs > most.stepMs ? ', which is no more than 3 % less' : '';
  return `Fewer is better: ${take} A step takes ${ms} ms, with ${plural(most.workers, 'worker')} ${mostMs}${close}.`;
}

const describePhase = ({ name, compute, slowest, wait }: PhaseSummary): string[] => [
  name,
  compute.toFixed(1),
  slowest.toFixed(1),
  wait.toFixed(1),
  percent(slowest / compute - 1),
];

function total({ phases }: Measurement): string[] {
  const { compute, wait, imbalance } = sumUp(phases);
  return [
    'together',
    compute.toFixed(1),
    sum(phases, ({ slowest }) => slowest).toFixed(1),
    wait.toFixed(1),
    percent(imbalance),
  ];
}

function sumUp(phases: readonly PhaseSummary[]): Totals {
  const compute = sum(phases, phase => phase.compute);
  return {
    compute,
    arithmetic: sum(phases, phase => phase.arithmetic),
    wait: sum(phases, phase => phase.wait),
    imbalance: sum(phases, phase => phase.slowest) / compute - 1,
  };
}

function describePredictions(predictions: readonly SpeedUp[]): string[] {
  if (predictions.length === 0)
    return [
      'What more cores would bring cannot be told without two numbers of workers, each worker on a thread of its own.',
    ];
  const rows = predictions.map(({ cores, slices, stepMs, speedUp, limit, part }) => [
    `${cores}`,
    `${slices}`,
    stepMs.toFixed(0),
    speedUp.toFixed(1),
    limit,
    percent(part),
  ]);
  return [
    `What more cores would bring at best, against ${predictions[0]!.against}, if each were as fast as these with all workers at work (a model: docs/performance.md):`,
    '',
    formatTable(['cores', 'slices', 'ms/step', 'speed-up', 'longest phase', 'its part'], rows),
  ];
}

/** Nothing where it cannot be told. */
function predictAll({ training, parallel }: Config, measurements: readonly Measurement[], threads: number): SpeedUp[] {
  const unshared = measurements.filter(({ workers }) => workers <= threads);
  if (unshared.length < 2) return [];
  const model = fitPhases(unshared, parallel.slices);
  const predictFor = (cores: number) => predict(model, parallel.slices, cores, training.batchSize);
  const { cores: against, stepMs } = predictFor(unshared[0]!.workers);
  return predictedCores.map(predictFor).map(larger => ({ ...larger, against, speedUp: stepMs / larger.stepMs }));
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

const percent = (part: number): string => `${Math.round(100 * part)} %`;
