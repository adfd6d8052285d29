/**
 * Any number of workers leaves the same run: a few cases, drawn anew every time. To draw many, after a build:
 *
 *     GAN_DIST_PROPERTY_RUNS=200 node --test dist/tests/coordinator/sameRunDrawn.test.js
 *
 * A failure prints its case (`Counterexample`), which can join those of `sameRun.test.ts` as it is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertSameRun, type Case } from './assertSameRun.js';

const numRuns = Number(process.env.GAN_DIST_PROPERTY_RUNS || 3);

/** Mostly the values at the edges. */
const often = <T>(values: T[], others: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: others });

const cases: fc.Arbitrary<Case> = fc.record({
  batchSize: often([2, 7, 100, 128], fc.integer({ min: 2, max: 50 })),
  batchesPerEpoch: fc.integer({ min: 1, max: 3 }),
  slices: often([1, 3, 8, 16], fc.integer({ min: 1, max: 64 })),
  seed: often([0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER], fc.maxSafeNat()),
  shuffle: fc.boolean(),
  discriminatorSteps: often([1, 2], fc.constant(3)),
  sampleEvery: fc.integer({ min: 1, max: 3 }),
  steps: fc.integer({ min: 1, max: 4 }),
});
const workers = often([2, 3, 5, 7, 8], fc.integer({ min: 2, max: 16 }));

assert.ok(numRuns >= 1, 'GAN_DIST_PROPERTY_RUNS is a number of cases');

test('whatever the batch, the slices, the seed and the order of the images, any number of workers leaves the same run', () =>
  fc.assert(
    fc.asyncProperty(cases, workers, (setting, workers) => assertSameRun(setting, [workers])),
    // A case takes seconds: to look for a smaller one that fails would take longer than to read this one.
    { numRuns, endOnFailure: true },
  ));
