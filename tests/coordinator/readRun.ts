/** All that a run leaves but for times: what must be equal, byte for byte, where two runs are the same run. */
import assert from 'node:assert/strict';
import { openRun } from '../../src/store/index.js';
import { hash } from '../workers/startPool.js';

export async function readRun(path: string) {
  const run = await openRun(path);
  const { stepMs: _, ...metrics } = await run.readMetrics();
  const samples = [];
  for (let i = 0; i < (await run.readSampleSteps()).length; i++) samples.push(await run.readSample(i));
  const tensors = new Map([...(await run.readCheckpoint())].map(([name, { data }]) => [name, hash(data)]));
  // The SHA-256 of each checkpoint's files; `verify` says whether they are those of the files.
  const checkpoints = new Map(run.checkpoints.map(step => [step, run.checkpointAttributes(step).manifest]));
  return { checkpoints, metrics, samples, tensors, latest: run.latest };
}

/**
 * `run` is sound and leaves what `whole` leaves, which nothing interrupted; it may have more
 * checkpoints: where it was stopped.
 */
export async function assertSameAsWhole(run: string, whole: Awaited<ReturnType<typeof readRun>>): Promise<void> {
  const { checkpoints, ...left } = await readRun(run);
  const { checkpoints: wanted, ...expected } = whole;
  assert.deepEqual(left, expected);
  for (const [step, manifest] of wanted) assert.deepEqual(checkpoints.get(step), manifest, `checkpoint ${step}`);
  assert.deepEqual(await (await openRun(run)).verify(), []);
}
