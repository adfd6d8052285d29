import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { normsOf } from '../../src/model/comparison/closeness.js';
import { packageRoot } from '../packageRoot.js';
import { assertClose, assertSameNorms } from './compareNorms.js';
import { readTensors, runStep, startPool } from './startPool.js';

interface Trajectory {
  batch: number;
  seed: number;
  d_loss: number[];
  g_loss: number[];
  /** By the number of steps done. */
  after: Record<string, Record<string, { norm: number }>>;
}

const trajectory: Trajectory = JSON.parse(readFileSync(new URL('tests/fixtures/trajectory.json', packageRoot), 'utf8'));

test('30 steps of two worker threads have the losses and the norms of the reference in Keras', async t => {
  const { batch: batchSize, seed, d_loss, g_loss, after } = trajectory;
  const pool = await startPool(t, { batchSize, seed, ranks: 2 });
  for (let step = 0; step < 30; step++) {
    const { dLoss, gLoss } = await runStep(pool, { step, seed });
    assertClose(dLoss, d_loss[step]!, 1e-4, `D's loss of step ${step}`);
    assertClose(gLoss, g_loss[step]!, 1e-4, `G's loss of step ${step}`);
    const expected = after[step + 1];
    if (!expected) continue;
    const norms = new Map(Object.entries(expected).map(([name, { norm }]) => [name, norm]));
    assertSameNorms(normsOf(readTensors(pool)), norms);
  }
});
