/**
 * Plain data parallelism with gan-dist's own operations: every worker has all parameters whole and
 * computes all gradients of its part of the batch; all of them are summed and averaged. What
 * gan-dist is compared with, so that only where a gradient lives differs.
 */
import { Worker } from 'node:worker_threads';
import { prepareEngineEnvironment } from '../../../../src/shared/engine.js';
import { openJob } from '../job.js';
import { allocate, placeOf, view } from './memory.js';
import type { WorkerStart } from './worker.js';

prepareEngineEnvironment();
const args = process.argv.slice(2);
const { threads: workers, readState } = openJob(args);
const memory = allocate(workers);
const { state } = view(memory, workers);
for (const [name, { data }] of readState()) state.set(data, placeOf(name).start);

for (let rank = 0; rank < workers; rank++) {
  const workerData: WorkerStart = { memory, rank, workers, args };
  new Worker(new URL('./worker.js', import.meta.url), { workerData });
}
