/**
 * What the promise of exactness is worth on this machine: the first ten steps on the digits that
 * come with gan-dist, once with one worker and once with all of them, compared bit by bit, and with
 * what the reference in Keras computed. Nothing is written.
 *
 *     gan-dist doctor --self-test
 */

import { buildConfig, type Config, type ConfigValues } from '../../config/config.js';
import { type Dataset, loadDataset } from '../../data/loadDataset.js';
import {
  compareLosses,
  compareNorms,
  findWidest,
  type Gap,
  normsOf,
  tensorsOf,
} from '../../model/comparison/closeness.js';
import { compareStates, dataOf, type TensorComparison } from '../../model/comparison/compareTensors.js';
import { referencePlan } from '../../model/plan.js';
import { countWorkers } from '../pool/countWorkers.js';
import { type Computed, computeStretch } from './computeStretch.js';
import { referenceTrajectory } from './referenceTrajectory.js';

export interface SelfTest {
  /** Of the two runs; one is 1. */
  readonly workers: readonly [number, number];
  readonly steps: number;
  /** Of the state at the end, with one worker: another machine with the same engine and processor has the same. */
  readonly fingerprint: bigint;
  /** What is not the same with one worker and with all; nothing, if the promise holds. */
  readonly differences: readonly TensorComparison[];
  /** The loss and the tensor that are farthest from the reference's. */
  readonly loss: Gap;
  readonly norm: Gap;
}

const steps = referenceTrajectory.dLoss.length;

/**
 * @param onStep - told after every step of either run: how many are done, and how many there are
 * @throws EngineError, WorkerError, DataError when it cannot be run at all
 */
export async function runSelfTest(onStep?: (done: number, total: number) => void): Promise<SelfTest> {
  const config = planConfig();
  const dataset = await loadDataset(config.data);
  // On a machine of one core two workers take turns, and must still agree with one.
  const workers = [1, Math.max(2, countWorkers(config).workers)] as const;
  const one = await compute(config, dataset, workers[0], done => onStep?.(done, 2 * steps));
  const all = await compute(config, dataset, workers[1], done => onStep?.(steps + done, 2 * steps));
  return {
    workers,
    steps,
    fingerprint: one.steps.at(-1)!.fingerprint,
    differences: compareStates(one.state, all.state).filter(({ differing }) => differing > 0),
    ...compareWithReference(one),
  };
}

function planConfig(): Config {
  const { batchSize, seed } = referenceTrajectory;
  const values = { 'data.source': 'mnist-10k', 'training.batchSize': batchSize, 'training.seed': seed } as const;
  return buildConfig(new Map(Object.entries(values)) as ConfigValues);
}

function compute(config: Config, dataset: Dataset, workers: number, onStep: (done: number) => void): Promise<Computed> {
  return computeStretch({
    config,
    plan: referencePlan(),
    dataset,
    workers,
    checkpoint: null,
    from: 0,
    to: steps,
    onStep: (_step, done) => void onStep(done),
    notify: () => {},
  });
}

function compareWithReference({ steps, state }: Computed): Pick<SelfTest, 'loss' | 'norm'> {
  const expected = new Map(Object.entries(referenceTrajectory.norms));
  return {
    loss: findWidest(compareLosses(steps, referenceTrajectory)),
    norm: findWidest(compareNorms(tensorsOf(referencePlan()), normsOf(dataOf(state)), expected)),
  };
}
