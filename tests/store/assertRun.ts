/** Looks at all of a run that `testRuns` made. */
import assert from 'node:assert/strict';
import { type FileSystem, nodeFileSystem } from '../../src/store/fileSystem.js';
import { openRun } from '../../src/store/run.js';
import { metricsOf, sampleOf, tensorsOf } from './testRuns.js';

/** Asserts that the run holds exactly what training up to `steps` leaves. */
export async function assertRun(
  path: string,
  expected: { steps: number; checkpoints: number[] },
  fs: FileSystem = nodeFileSystem,
): Promise<void> {
  const run = await openRun(path, fs);
  assert.deepEqual(run.checkpoints, expected.checkpoints);
  assert.equal(run.latest?.step, expected.checkpoints.at(-1));
  for (const step of run.checkpoints) {
    const tensors = await run.readCheckpoint(step);
    assert.deepEqual(tensors, new Map(tensorsOf(step).map(tensor => [tensor.name, tensor])));
  }
  await assertTables(path, expected.steps, fs);
}

export async function assertTables(path: string, steps: number, fs: FileSystem = nodeFileSystem): Promise<void> {
  const run = await openRun(path, fs);
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
  for (const [index, step] of sampled.entries()) {
    const [{ grid, fixed }, expected] = [await run.readSample(index), sampleOf(step)];
    // Not deepEqual, which takes its time for pixels.
    assert.ok(Buffer.compare(grid.pixels, expected.grid.pixels) === 0 && Buffer.compare(fixed, expected.fixed) === 0);
    assert.deepEqual([grid.height, grid.width], [expected.grid.height, expected.grid.width]);
  }
}
