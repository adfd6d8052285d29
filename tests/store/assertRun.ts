/** Looks at all of a run that `testRuns` made. */
import assert from 'node:assert/strict';
import { openRun } from '../../src/store/run.js';
import { metricsOf, sampleOf, tensorsOf } from './testRuns.js';

/**
 * Asserts that the run holds exactly what training up to `steps` leaves.
 * @returns the commit that it shows
 */
export async function assertRun(path: string, expected: { steps: number; checkpoints: number[] }): Promise<void> {
  const run = await openRun(path);
  assert.deepEqual(run.checkpoints, expected.checkpoints);
  assert.equal(run.latest?.step, expected.checkpoints.at(-1));
  for (const step of run.checkpoints) {
    const tensors = await run.readCheckpoint(step);
    assert.deepEqual([...tensors.values()], tensorsOf(step));
  }
  await assertTables(path, expected.steps);
}

export async function assertTables(path: string, steps: number): Promise<void> {
  const run = await openRun(path);
  const all = Array.from({ length: steps }, (_, step) => metricsOf(step));
  const metrics = await run.readMetrics();
  assert.deepEqual(
    [...metrics.step],
    all.map(m => m.step),
  );
  assert.deepEqual(
    [...metrics.dLoss],
    all.map(m => m.dLoss),
  );
  assert.deepEqual(
    [...metrics.stepMs],
    all.map(m => m.stepMs),
  );
  const sampled = [...(await run.readSampleSteps())];
  assert.deepEqual(
    sampled,
    all.map(m => m.step).filter(step => step % 5 === 0),
  );
  for (const [index, step] of sampled.entries()) assert.deepEqual(await run.readSample(index), sampleOf(step));
}
