/** What `gan-dist bench` says of its measurements: for people, and for programs. */
import os from 'node:os';
import type { Measurement, PhaseSummary } from '../../coordinator/bench/measure.js';
import { fitPhases, type Prediction, predict } from '../../coordinator/bench/scaling.js';
import type { Config } from '../../shared/config.js';
import { describeEngine } from '../../shared/engine.js';
import { plural } from '../inspect/format.js';
import { formatTable } from './table.js';

/** A number of workers is worth no more threads than another that is slower by less than this. */
const worthwhile = 0.03;
const predictedCores = [4, 8, 16, 32, 64];

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

export function toText(config: Config, measurements: readonly Measurement[]): string {
  const most = measurements.at(-1)!;
  return [
    describeSetting(config, measurements),
    '',
    formatTable(
      ['workers', 'ms/step', 'images/s', 'speed-up', 'arithmetic', 'wait', 'imbalance'],
      speeds(config, measurements),
    ),
    '',
    advise(measurements),
    ...adviseSlices(config),
    '',
    `Phases with ${plural(most.workers, 'worker')}, medians in ms. A phase ends at the barrier that it is named after.`,
    '',
    formatTable(['phase', 'compute', 'slowest', 'wait', 'imbalance'], [...most.phases.map(describePhase), total(most)]),
    '',
    'What more cores would bring, if each were as fast as these with all workers at work (a model: docs/performance.md):',
    '',
    formatTable(
      ['cores', 'slices', 'ms/step', 'speed-up', 'longest phase', 'its part'],
      predictions(config, measurements),
    ),
  ].join('\n');
}

export function toJson(config: Config, measurements: readonly Measurement[]): string {
  const { batchSize } = config.training;
  const report = {
    engine: describeEngine(),
    threads: os.availableParallelism(),
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
    predictions: predictAll(config, measurements),
  };
  return JSON.stringify(report, null, 2);
}

function describeSetting({ training, parallel }: Config, measurements: readonly Measurement[]): string {
  const { cpu, tensorflow } = describeEngine();
  const steps = plural(measurements[0]!.steps.length, 'step');
  return `${cpu}, ${plural(os.availableParallelism(), 'thread')}, TensorFlow ${tensorflow}; batch ${training.batchSize}, ${plural(parallel.slices, 'slice')}, ${parallel.precision}; ${steps} each`;
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

function advise(measurements: readonly Measurement[]): string {
  const best = findBest(measurements);
  const most = measurements.at(-1)!;
  const how = `parallel.workers: ${best.workers}`;
  if (measurements.length === 1) return `Only ${plural(best.workers, 'worker')} measured; --workers 1,2 compares.`;
  if (best === most) return `Take ${plural(best.workers, 'worker')} (${how}).`;
  return `Fewer is better: take ${plural(best.workers, 'worker')} (${how}). ${most.workers} workers take ${most.stepMs.toFixed(0)} ms, ${best.workers} take ${best.stepMs.toFixed(0)}.`;
}

/** Only a new run can have other slices: they are part of its maths. */
function adviseSlices({ parallel: { slices } }: Config): string[] {
  const threads = os.availableParallelism();
  if (slices <= threads) return [];
  return [
    `Fewer slices are faster, for a new run that will never have more workers: compare with --set parallel.slices=${threads} (docs/performance.md).`,
  ];
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

function predictions(config: Config, measurements: readonly Measurement[]): string[][] {
  return predictAll(config, measurements).map(({ cores, slices, stepMs, limit, part }) => [
    `${cores}`,
    `${slices}`,
    stepMs.toFixed(0),
    (measurements[0]!.stepMs / stepMs).toFixed(1),
    limit,
    percent(part),
  ]);
}

function predictAll({ parallel }: Config, measurements: readonly Measurement[]): Prediction[] {
  const model = fitPhases(measurements, parallel.slices);
  return predictedCores.map(cores => predict(model, parallel.slices, cores));
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

const percent = (part: number): string => `${Math.round(100 * part)} %`;
