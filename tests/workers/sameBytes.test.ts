import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { fingerprints, runStep, startPool } from './startPool.js';

interface Case {
  batchSize: number;
  slices?: number;
  steps: number;
  discriminatorSteps?: number;
}

/** Fingerprints of all that the last step leaves, and the losses of every step. */
async function train(t: TestContext, ranks: number, { batchSize, slices = 8, steps, discriminatorSteps = 1 }: Case) {
  const pool = await startPool(t, { ranks, slices, batchSize });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(...Object.values(await runStep(pool, { step, discriminatorSteps })));
  }
  assert.ok(losses.every(Number.isFinite));
  const left = fingerprints(pool, slices);
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

describe('any batch and any number of slices', () => {
  const cases: [name: string, setting: Case, workers: number[]][] = [
    ['a batch of 2, which leaves six slices empty', { batchSize: 2, steps: 3 }, [1, 3, 8]],
    ['a batch of 7', { batchSize: 7, steps: 3 }, [1, 3]],
    ['3 slices', { batchSize: 10, slices: 3, steps: 2 }, [1, 3]],
    ['16 slices', { batchSize: 24, slices: 16, steps: 2 }, [1, 5]],
  ];
  for (const [name, setting, workers] of cases) {
    test(`${name}: the same bytes with ${workers.join(', ')} workers`, t => assertSameBytes(t, workers, setting));
  }
});
