import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerPool } from '../../../src/coordinator/pool/workerPool.js';
import { Barrier } from '../../../src/memory/barrier.js';
import { hash, runStep, startPool } from '../../workers/startPool.js';
import { type Failure, makeFolder, toFault, trainFailing, wake } from '../faults.js';

/** For a rank that computes; a busy machine needs some seconds for a phase. */
const computeSeconds = 5;
const limit = (seconds: number) =>
  `within ${seconds} s (parallel.stallSeconds; if the machine is only slow, set it higher)`;

test('ranks that hang end the run at the deadline, each with its phase, though they never answer', async t => {
  const barrier = "end of D's turn 0";
  const failures = [0, 2].map((rank): Failure => ({ step: 0, rank, barrier, how: 'hang' }));
  const phase = "after D's turn 0, update of the convolutions";
  await assert.rejects(trainFailing(t, failures, computeSeconds), {
    name: 'StallError',
    message: `step 0: rank 0 (${phase}) and rank 2 (${phase}) have not come to the next barrier ${limit(computeSeconds)}`,
    rank: 0,
    step: 0,
    phase,
  });
});

test('so does one that nobody waits for, since it is the only one', async t => {
  const fault = toFault({ step: 0, rank: 0, barrier: 'roll-call', how: 'hang' });
  const pool = await startPool(t, { ranks: 1, batchSize: 6, stallSeconds: 1, faults: [fault] });
  await assert.rejects(runStep(pool, { step: 0 }), {
    name: 'StallError',
    message: `step 0: rank 0 (before the first barrier) has not come to the next barrier ${limit(1)}`,
    rank: 0,
    step: 0,
    phase: 'before the first barrier',
  });
});

test('so does one whose fellows have given up because another rank failed', async t => {
  const failures: Failure[] = [
    { step: 0, rank: 1, barrier: 'roll-call', how: 'hang' },
    { step: 0, rank: 2, barrier: 'roll-call', how: 'throw' },
  ];
  await assert.rejects(trainFailing(t, failures, 1), {
    name: 'StallError',
    message: `step 0: rank 1 (before the first barrier) has not come to the next barrier ${limit(1)}`,
    rank: 1,
    step: 0,
    phase: 'before the first barrier',
  });
});

describe('a rank that wakes up after the deadline', () => {
  for (const ranks of [1, 3]) {
    test(`writes nothing that counts, and no order is given any more, of ${ranks}`, async t => {
      // After this barrier a rank writes what is left of the new state.
      const barrier = "G's turn, update of the convolutions";
      const late = toFault({ step: 1, rank: ranks - 1, barrier, how: 'late' });
      const pool = await startPool(t, { ranks, batchSize: 6, stallSeconds: computeSeconds, faults: [late] });
      await runStep(pool, { step: 0 });
      const [current, next] = [pool.current, pool.shared.states.find(state => state !== pool.current)!];
      const before = hash(current);
      const stalled = { name: 'StallError', rank: ranks - 1, step: 1, phase: `after ${barrier}` };
      await assert.rejects(runStep(pool, { step: 1 }), stalled);

      const written = hash(next);
      const ended = countEnded(pool);
      wake(late);
      await assert.rejects(runStep(pool, { step: 1 }), stalled);
      const generation = { kind: 'generate', step: 1, seed: 1, stream: 4, index: 0, first: 0, images: 6 } as const;
      await assert.rejects(pool.generate({ ...generation, score: false }), stalled);
      while (countEnded(pool) === ended) await sleep(5);
      assert.notEqual(hash(next), written, 'it did write');
      const place = new Barrier(pool.shared.barrier, ranks).phaseOf(ranks - 1);
      assert.equal(place, `after ${barrier}`, 'and stopped at the next barrier');
      assert.equal(pool.current, current);
      assert.equal(hash(current), before);
    });
  }
});

/** Orders that have ended, one way or the other. */
const countEnded = (pool: WorkerPool) =>
  (pool as unknown as { threads: { piscina: { completed: number } } }).threads.piscina.completed;

test('a rank that hangs in native code does not keep the process from ending', t => {
  const script = `
    import { WorkerPool } from '${new URL('../../../src/coordinator/pool/workerPool.js', import.meta.url)}';
    import { firstOrder } from '${new URL('../../workers/startPool.js', import.meta.url)}';
    import { referencePlan } from '${new URL('../../../src/model/plan.js', import.meta.url)}';
    const left = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const faults = [{ step: 0, rank: 0, barrier: 'roll-call', how: 'block', left }];
    const images = new Uint8Array(new SharedArrayBuffer(4 * 784));
    const pool = await WorkerPool.start({ plan: referencePlan(), ranks: 1, slices: 8, batchSize: 4, images, stallSeconds: 1, faults });
    await pool.train(firstOrder).catch(({ name }) => console.log(name));
    await pool.close();`;
  const file = join(makeFolder(t), 'script.mjs');
  writeFileSync(file, script);
  const { stdout, status, signal } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 50_000 });
  assert.deepEqual([stdout, status, signal], ['StallError\n', null, 'SIGKILL']);
});
