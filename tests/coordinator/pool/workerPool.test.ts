import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { runStep, startPool } from '../../workers/startPool.js';
import { type Failure, trainFailing } from '../faults.js';

describe('a step is run again from the same inputs, to the same bytes,', () => {
  let unharmed: ReturnType<typeof trainFailing> | undefined;
  const expect = async (t: TestContext) => {
    unharmed ??= trainFailing(t, []);
    return unharmed;
  };

  test('when a rank throws before, in and after the update of D, and no tensor is left behind', async t => {
    const phases = ['roll-call', "D's turn 0, backward", "end of D's turn"];
    const failures = phases.map((barrier, rank): Failure => ({ step: 1, rank, barrier, how: 'throw' }));
    const { left, retries, tensors } = await trainFailing(t, failures);
    assert.deepEqual(retries, [
      '1: rank 0 failed in step 1, before the first barrier: rank 0 fails on purpose at roll-call',
      "2: rank 1 failed in step 1, after D's turn 0, forward to logits: rank 1 fails on purpose at D's turn 0, backward to bias of discriminator/dense_1",
      "3: rank 2 failed in step 1, after D's turn 0, update of the convolutions: rank 2 fails on purpose at end of D's turn 0",
    ]);
    assert.deepEqual(left, (await expect(t)).left);
    // A thread keeps small constants of the slices that it had, so threads differ, but not from
    // those that did not fail.
    assert.deepEqual(tensors, (await expect(t)).tensors);
  });

  test('when the threads of two ranks end, one of them twice', async t => {
    const { left, retries, tensors } = await trainFailing(t, [
      { step: 0, rank: 1, barrier: "G's turn, forward", how: 'exit' },
      { step: 1, rank: 2, barrier: "D's turn 0, forward", how: 'exit', times: 2 },
    ]);
    assert.deepEqual(retries, [
      "1: rank 1 failed in step 0, after end of D's turn 0: worker exited with code: 9",
      '1: rank 2 failed in step 1, after roll-call: worker exited with code: 9',
      '2: rank 2 failed in step 1, after roll-call: worker exited with code: 9',
    ]);
    assert.deepEqual(left, (await expect(t)).left);
    assert.equal(tensors.length, 3);
  });

  test('when all threads end at once', async t => {
    const failures = [0, 1, 2].map((rank): Failure => ({ step: 1, rank, barrier: 'roll-call', how: 'exit' }));
    assert.deepEqual((await trainFailing(t, failures)).left, (await expect(t)).left);
  });
});

test('an idle thread that ends is replaced', async t => {
  const pool = await startPool(t, { ranks: 2, batchSize: 6 });
  await runStep(pool, { step: 0 });
  type Inside = { threads: { piscina: { threads: import('node:worker_threads').Worker[] } } };
  const { threads } = (pool as unknown as Inside).threads.piscina;
  await threads[0]!.terminate();
  await runStep(pool, { step: 1 });
  assert.equal((await pool.countTensors()).length, 2);
});
