/** Looks at all of a run that `testRuns` made. */
import assert from 'node:assert/strict';
import { fromFloat16, toFloat16 } from '../../src/shared/float16.js';
import { type FileSystem, nodeFileSystem } from '../../src/store/disk/fileSystem.js';
import { openRun } from '../../src/store/reading/run.js';
import { metricsOf, sampleOf, tensorsOf } from './testRuns.js';

/** Asserts that the run holds exactly what training up to `steps` leaves. */
export async function assertRun(
  path: string,
  expected: { steps: number; checkpoints: number[]; generators?: number[] },
  fs: FileSystem = nodeFileSystem,
): Promise<void> {
  const run = await openRun(path, fs);
  assert.deepEqual(run.checkpoints, expected.checkpoints);
  assert.equal(run.latest?.step, expected.checkpoints.at(-1));
  for (const step of run.checkpoints) {
    const tensors = await run.readCheckpoint(step);
    assert.deepEqual(tensors, new Map(tensorsOf(step).map(tensor => [tensor.name, tensor])));
  }
  if (expected.generators) assert.deepEqual(run.generators, expected.generators);
  for (const step of run.generators) {
    assert.ok(step <= run.latest!.step, `a generator of step ${step}, after ${run.latest!.step}`);
    const tensors = await run.readGenerator(step);
    assert.deepEqual([...tensors.values()], generatorOf(step));
  }
  await assertTables(path, expected.steps, fs);
}

/** What `generators/` has of the state after `step` steps. */
const generatorOf = (step: number) =>
  tensorsOf(step)
    .filter(({ name }) => name.startsWith('generator/'))
    .map(({ name, shape, data }) => ({ name: name.slice(10), shape, data: fromFloat16(toFloat16(data)) }));

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
    const [{ grid, fixed, histograms }, expected] = [await run.readSample(index), sampleOf(step)];
    // Not deepEqual, which takes its time for pixels.
    assert.ok(Buffer.compare(grid.pixels, expected.grid.pixels) === 0 && Buffer.compare(fixed, expected.fixed) === 0);
    assert.deepEqual([grid.height, grid.width], [expected.grid.height, expected.grid.width]);
    // Runs of before they were there have none.
    if (histograms) assert.deepEqual(histograms, expected.histograms);
  }
}
