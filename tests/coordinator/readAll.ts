/** What a run holds, to be compared with what another one holds. */
import { openRun } from '../../src/store/index.js';
import { hash } from '../workers/startPool.js';

/** All that training leaves, but for times: of the tensors, a hash of those of the newest checkpoint. */
export async function readAll(path: string) {
  const run = await openRun(path);
  const { stepMs: _, ...metrics } = await run.readMetrics();
  const samples = [];
  for (let i = 0; i < (await run.readSampleSteps()).length; i++) samples.push(await run.readSample(i));
  const tensors = [...(await run.readCheckpoint())].map(([name, { data }]) => [name, hash(data)]);
  return { checkpoints: run.checkpoints, metrics, samples, tensors, latest: run.latest };
}
