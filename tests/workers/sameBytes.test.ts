/**
 * The state alone, step by step, without a store: `coordinator/sameRun.test.ts` compares whole
 * runs, for more batches and slices.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fingerprints, runStep, startPool } from './startPool.js';

interface Case {
  batchSize: number;
  steps: number;
  discriminatorSteps?: number;
}

/** Fingerprints of all that the last step leaves, and the losses of every step. */
async function train(t: TestContext, ranks: number, { batchSize, steps, discriminatorSteps = 1 }: Case) {
  const pool = await startPool(t, { ranks, batchSize });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(...Object.values(await runStep(pool, { step, discriminatorSteps })));
  }
  assert.ok(losses.every(Number.isFinite));
  const left = fingerprints(pool);
  await pool.close();
  return { losses, ...left };
}

async function assertSameBytes(t: TestContext, workers: number[], setting: Case): Promise<void> {
  const [first, ...others] = workers;
  const expected = await train(t, first!, setting);
  for (const ranks of others) assert.deepEqual(await train(t, ranks, setting), expected, `${ranks} workers`);
}

test('step 10 leaves the same bytes with 1, 2, 3 and 8 workers, in slices of unequal size', t =>
  assertSameBytes(t, [1, 2, 3, 8], { batchSize: 100, steps: 10 }));

test('two turns of D a step leave the same bytes with 1 and 3 workers', t =>
  assertSameBytes(t, [1, 3], { batchSize: 16, steps: 3, discriminatorSteps: 2 }));
