/** The cases: each seed, batch size, data set and number of D's turns that the promise names is in one of them. */

import type { Config } from '../../src/config/config.js';
import { judgedSteps } from '../../src/model/comparison/closeness.js';

export interface Case {
  source: Exclude<Config['data']['source'], 'idx'>;
  /** Only the first so many images. */
  limit?: number;
  batchSize: number;
  seed: number;
  discriminatorSteps: number;
  shuffle: boolean;
  workers: number;
  /** Keras has trained so many steps when step 0 begins, and gan-dist goes on with what it saved. */
  before?: number;
  /** How many steps are compared. */
  steps: number;
}

const usual = { discriminatorSteps: 1, shuffle: false, workers: 2, steps: judgedSteps };
/**
 * Two turns of D on few images make a game that amplifies rounding: after 60 steps float32 in
 * Keras, too, is as far from float64 as the rule allows (docs/conformance.md). A comparison is
 * about gan-dist for the first 30.
 */
const amplifying = { ...usual, discriminatorSteps: 2, steps: 30 };
/** Both halves of the 64-bit key count. */
const largeSeed = 2 ** 32 + 5;

export const cases: readonly Case[] = [
  { ...usual, source: 'mnist-10k', batchSize: 32, seed: 1 },
  { ...usual, source: 'mnist-10k', batchSize: 48, seed: 2, workers: 1 },
  { ...usual, source: 'mnist-10k', batchSize: 100, seed: 3 },
  { ...amplifying, source: 'mnist-10k', batchSize: 32, seed: 7 },
  { ...usual, source: 'mnist-10k', batchSize: 100, seed: 7, discriminatorSteps: 2 },
  { ...usual, source: 'mnist-10k', batchSize: 32, seed: 2, before: 20, steps: 30 },
  // 20 batches and 40 images left over: the third epoch ends with step 60.
  { ...usual, source: 'mnist-10k', limit: 1000, batchSize: 48, seed: largeSeed, shuffle: true },
  { ...amplifying, source: 'mnist', batchSize: 32, seed: 2, workers: 3 },
  { ...usual, source: 'mnist', batchSize: 48, seed: 3, shuffle: true },
  { ...usual, source: 'mnist', batchSize: 100, seed: 7 },
];

/** As `--only` and the table know it: `mnist-10k, batch 32, seed 1, k = 1, 2 workers`. */
export function nameCase({
  source,
  limit,
  batchSize,
  seed,
  discriminatorSteps,
  shuffle,
  workers,
  before,
}: Case): string {
  return [
    limit === undefined ? source : `${source}, first ${limit}`,
    `batch ${batchSize}`,
    `seed ${seed}`,
    `k = ${discriminatorSteps}`,
    ...(shuffle ? ['shuffle'] : []),
    workers === 1 ? '1 worker' : `${workers} workers`,
    ...(before === undefined ? [] : [`imported after ${before} steps`]),
  ].join(', ');
}
