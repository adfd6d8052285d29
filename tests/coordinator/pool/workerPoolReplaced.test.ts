/**
 * A thread dies in every step: what the process has does not grow with the threads that it had.
 * `GAN_DIST_TORTURE=1`: 50 of them.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { WorkerPool } from '../../../src/coordinator/pool/workerPool.js';
import { runStep, startPool } from '../../workers/startPool.js';
import { toFault } from '../faults.js';

const replaced = process.env.GAN_DIST_TORTURE ? 50 : 4;
/** What is allocated once comes with the first. */
const first = 2;

test('threads that die and are replaced leave nothing behind', async t => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const faults = Array.from({ length: first + replaced }, (_, step) =>
    toFault({ step, rank: step % 2, barrier: "G's turn, forward", how: 'exit' }),
  );
  let retries = 0;
  const pool = await startPool(t, { batchSize: 6, faults, onRetry: () => retries++ });
  for (let step = 0; step < first; step++) await runStep(pool, { step });
  const before = measure(pool);
  for (let step = first; step < first + replaced; step++) {
    await runStep(pool, { step });
    if (step % 10 === 9) tell(t, step + 1, before.bytes);
  }
  const after = measure(pool);
  tell(t, first + replaced, before.bytes);
  t.diagnostic(JSON.stringify({ ...after.counts, tensors: await pool.countTensors() }));
  assert.equal(retries, first + replaced);
  assert.deepEqual(after.counts, before.counts);
  assert.deepEqual(warnings, []);
});

function tell(t: TestContext, steps: number, before: number): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  const now = residentBytes();
  t.diagnostic(
    `${steps} threads replaced: ${megabytes(now)} MB resident, ${megabytes(now - before)} MB more than after ${first}`,
  );
}

function measure(pool: WorkerPool) {
  type Inside = { threads: { piscina: import('piscina').Piscina; threads: Map<number, unknown> } };
  const { piscina, threads } = (pool as unknown as Inside).threads;
  const counts = {
    threads: threads.size,
    workers: piscina.threads.length,
    ...(process.platform === 'linux' ? countInKernel() : {}),
    handles: process.getActiveResourcesInfo().sort(),
    listeners: [process, piscina].map(countListeners),
  };
  return { counts, bytes: residentBytes() };
}

/** Threads that Node does not know of, and files. */
const countInKernel = () => ({
  nativeThreads: readdirSync('/proc/self/task').length,
  openFiles: readdirSync('/proc/self/fd').length,
});

const countListeners = (emitter: NodeJS.EventEmitter) =>
  emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);

const residentBytes = () => process.memoryUsage.rss();
