import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { referenceTrajectory } from '../../../src/coordinator/proof/referenceTrajectory.js';
import { packageRoot } from '../../packageRoot.js';

test('the trajectory that is built in is the beginning of the reference’s, to nine digits', () => {
  const file = new URL('tests/fixtures/trajectory.json', packageRoot);
  const { batch, seed, d_loss, g_loss, after } = JSON.parse(readFileSync(file, 'utf8'));
  const round = (value: number) => Number(value.toPrecision(9));
  const norms = Object.entries<{ norm: number }>(after[10]).map(([name, { norm }]) => [name, round(norm)]);
  assert.deepEqual(referenceTrajectory, {
    batchSize: batch,
    seed,
    dLoss: d_loss.slice(0, 10).map(round),
    gLoss: g_loss.slice(0, 10).map(round),
    norms: Object.fromEntries(norms),
  });
});
