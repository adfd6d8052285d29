/**
 * Where a step's time goes, for several numbers of workers: real steps of real pools, nothing is
 * written. The numbers take turns, twice, so that a machine that is slow for a while is slow for
 * all of them.
 *
 *     gan-dist bench --workers 1,2
 */
import type { Config } from '../../config/config.js';
import { type Dataset, loadDataset } from '../../data/loadDataset.js';
import type { PhaseTimes } from '../../memory/messages.js';
import { referencePlan } from '../../model/plan.js';
import { computeStretch } from '../proof/computeStretch.js';
import { median } from './median.js';

/** One step: its wall time in ms, and the phases of every rank. */
export interface TimedStep {
  readonly ms: number;
  readonly ranks: readonly (readonly PhaseTimes[])[];
}

/** Medians over the steps, in ms. */
export interface PhaseSummary {
  /** The barrier that ends it. */
  readonly name: string;
  /** Of the mean rank, and of the slowest. */
  readonly compute: number;
  readonly slowest: number;
  /** What of `compute` TensorFlow's operations take. */
  readonly arithmetic: number;
  /** Of the mean rank at the barrier, for slower ones. */
  readonly wait: number;
}

export interface Measurement {
  readonly workers: number;
  readonly steps: readonly TimedStep[];
  /** Median, in ms. */
  readonly stepMs: number;
  readonly phases: readonly PhaseSummary[];
}

const rounds = 2;
/** The first steps of a pool are slow: kernels are prepared, and memory is touched for the first time. */
const warmUpSteps = 2;

export interface BenchOptions {
  readonly config: Config;
  /** Numbers of workers to compare. */
  readonly workers: readonly number[];
  /** Steps measured for each, rounded up to a multiple of the rounds. */
  readonly steps: number;
  readonly onStep?: (workers: number, done: number, total: number) => void;
}

/** @throws ConfigError, DataError, EngineError, WorkerError */
export async function measureWorkers(options: BenchOptions): Promise<Measurement[]> {
  const { config, workers, onStep } = options;
  const dataset = await loadDataset(config.data);
  const stepsPerRound = Math.ceil(options.steps / rounds);
  const total = rounds * workers.length * (warmUpSteps + stepsPerRound);
  const steps = new Map<number, TimedStep[]>(workers.map(count => [count, []]));
  let done = 0;
  for (let round = 0; round < rounds; round++)
    for (const count of workers)
      steps
        .get(count)!
        .push(...(await timeSteps(config, dataset, count, stepsPerRound, () => onStep?.(count, ++done, total))));
  return workers.map(count => summarize(count, steps.get(count)!));
}

async function timeSteps(
  config: Config,
  dataset: Dataset,
  workers: number,
  count: number,
  onStep: () => void,
): Promise<TimedStep[]> {
  let ranks: (readonly PhaseTimes[])[] = [];
  const onPhases = (phases: readonly PhaseTimes[], rank: number) => {
    ranks[rank] = phases;
  };
  const timed: TimedStep[] = [];
  await computeStretch({
    ...{
      config,
      plan: referencePlan(),
      dataset,
      workers,
      checkpoint: null,
      from: 0,
      to: warmUpSteps + count,
      onPhases,
    },
    onStep: ({ step, stepMs }) => {
      if (step >= warmUpSteps) timed.push({ ms: stepMs, ranks });
      ranks = [];
      onStep();
      return undefined;
    },
    notify: () => {},
  });
  return timed;
}

function summarize(workers: number, steps: readonly TimedStep[]): Measurement {
  const names = steps[0]!.ranks[0]!.map(({ name }) => name);
  const phases = names.map((name, place) =>
    summarizePhase(
      name,
      steps.map(({ ranks }) => ranks.map(phases => phases[place]!)),
    ),
  );
  return { workers, steps, stepMs: median(steps.map(({ ms }) => ms)), phases };
}

/** @param steps - for each step the phase in every rank */
function summarizePhase(name: string, steps: readonly (readonly PhaseTimes[])[]): PhaseSummary {
  const over = (value: (ranks: readonly PhaseTimes[]) => number) => median(steps.map(value));
  const computing = ({ start, arrived }: PhaseTimes) => arrived - start;
  return {
    name,
    compute: over(ranks => mean(ranks.map(computing))),
    slowest: over(ranks => Math.max(...ranks.map(computing))),
    arithmetic: over(ranks => mean(ranks.map(({ arithmetic }) => arithmetic))),
    wait: over(ranks => mean(ranks.map(({ arrived, end }) => end - arrived))),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
