import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Fault } from '../../src/shared/messages.js';
import { fingerprints, runStep, startPool } from '../workers/startPool.js';

type Failure = Omit<Fault, 'left'> & { times: number };

const toFault = ({ times, ...fault }: Failure): Fault => ({
  ...fault,
  left: new Int32Array(new SharedArrayBuffer(4)).fill(times),
});

/** Two steps of three ranks in which ranks fail. */
async function trainFailing(t: TestContext, failures: Failure[], stallSeconds = 60) {
  const retries: string[] = [];
  const pool = await startPool(t, {
    ranks: 3,
    slices: 6,
    batchSize: 6,
    stallSeconds,
    faults: failures.map(toFault),
    onRetry: ({ message }, attempt) => retries.push(`${attempt}: ${message}`),
  });
  for (const step of [0, 1]) await runStep(pool, { step });
  return { retries, left: fingerprints(pool, 6), tensors: (await pool.countTensors()).sort() };
}

describe('a step is run again from the same inputs, to the same bytes,', () => {
  let unharmed: ReturnType<typeof trainFailing> | undefined;
  const expect = async (t: TestContext) => {
    unharmed ??= trainFailing(t, []);
    return unharmed;
  };

  test('when a rank throws before, in and after the update of D, and no tensor is left behind', async t => {
    const phases = ['roll-call', "D's turn 0, backward", "end of D's turn"];
    const failures = phases.map((phase, rank): Failure => ({ step: 1, rank, phase, how: 'throw', times: 1 }));
    const { left, retries, tensors } = await trainFailing(t, failures);
    assert.deepEqual(retries, [
      '1: rank 0 failed in step 1: rank 0 fails on purpose, roll-call',
      "2: rank 1 failed in step 1: rank 1 fails on purpose, D's turn 0, backward to discriminator/dense_1",
      "3: rank 2 failed in step 1: rank 2 fails on purpose, end of D's turn",
    ]);
    assert.deepEqual(left, (await expect(t)).left);
    // A thread keeps small constants of the slices that it had, so threads differ, but not from those that did not fail.
    assert.deepEqual(tensors, (await expect(t)).tensors);
  });

  test('when the threads of two ranks end, one of them twice', async t => {
    const { left, retries, tensors } = await trainFailing(t, [
      { step: 0, rank: 1, phase: "G's turn, forward", how: 'exit', times: 1 },
      { step: 1, rank: 2, phase: "D's turn 0, forward", how: 'exit', times: 2 },
    ]);
    assert.deepEqual(retries, [
      '1: rank 1 failed in step 0: worker exited with code: 9',
      '1: rank 2 failed in step 1: worker exited with code: 9',
      '2: rank 2 failed in step 1: worker exited with code: 9',
    ]);
    assert.deepEqual(left, (await expect(t)).left);
    assert.equal(tensors.length, 3);
  });

  test('when all threads end at once', async t => {
    const failures = [0, 1, 2].map((rank): Failure => ({ step: 1, rank, phase: 'roll-call', how: 'exit', times: 1 }));
    assert.deepEqual((await trainFailing(t, failures)).left, (await expect(t)).left);
  });
});

test('a rank that fails four times ends the run with its own error, rank and step', async t => {
  const failure: Failure = { step: 1, rank: 2, phase: "end of D's turn", how: 'throw', times: 4 };
  await assert.rejects(trainFailing(t, [failure]), {
    name: 'WorkerError',
    message: "rank 2 failed in step 1: rank 2 fails on purpose, end of D's turn",
    rank: 2,
    step: 1,
  });
});

test('a rank that hangs ends the run at the deadline, by name, though it never answers', async t => {
  const failure: Failure = { step: 1, rank: 1, phase: "G's turn, forward", how: 'hang', times: 1 };
  const began = Date.now();
  await assert.rejects(trainFailing(t, [failure], 2), {
    name: 'StallError',
    message: /^step 1, G's turn, forward to .*: rank 1 has not come within 2 s \(parallel\.stallSeconds\)$/,
  });
  assert.ok(Date.now() - began < 30_000);
});

test('so does a rank that nobody waits for, since it is the only one', async t => {
  const fault = toFault({ step: 0, rank: 0, phase: "G's turn, forward", how: 'hang', times: 1 });
  const pool = await startPool(t, { ranks: 1, batchSize: 6, stallSeconds: 1, faults: [fault] });
  await assert.rejects(runStep(pool, { step: 0 }), {
    name: 'StallError',
    message: 'step 0: rank 0 has neither ended nor come to a barrier within 1 s (parallel.stallSeconds)',
  });
});

test('so does one whose fellows have given up because another rank failed', async t => {
  const failures: Failure[] = [
    { step: 1, rank: 1, phase: "G's turn, forward", how: 'hang', times: 1 },
    // Every time: rank 1 may still be at the barrier before, which the abort ends, and hang only when the step is run again.
    { step: 1, rank: 2, phase: "G's turn, forward", how: 'throw', times: 4 },
  ];
  await assert.rejects(trainFailing(t, failures, 1), {
    name: 'StallError',
    message: 'step 1: rank 1 has neither ended nor come to a barrier within 1 s (parallel.stallSeconds)',
  });
});

test('a rank that hangs in native code does not keep the process from ending', t => {
  const script = `
    import { WorkerPool } from '${new URL('../../src/coordinator/workerPool.js', import.meta.url)}';
    import { firstOrder } from '${new URL('../workers/startPool.js', import.meta.url)}';
    const left = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const faults = [{ step: 0, rank: 0, phase: 'roll-call', how: 'block', left }];
    const images = new Uint8Array(new SharedArrayBuffer(4 * 784));
    const pool = await WorkerPool.start({ ranks: 1, slices: 8, batchSize: 4, images, stallSeconds: 1, faults });
    await pool.train(firstOrder).catch(({ name }) => console.log(name));
    await pool.close();`;
  const file = writeScript(t, script);
  const { stdout, status, signal } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 50_000 });
  assert.deepEqual([stdout, status, signal], ['StallError\n', null, 'SIGKILL']);
});

test('an idle thread that ends is replaced', async t => {
  const pool = await startPool(t, { ranks: 2, batchSize: 6 });
  await runStep(pool, { step: 0 });
  const { threads } = (pool as unknown as { piscina: { threads: import('node:worker_threads').Worker[] } }).piscina;
  await threads[0]!.terminate();
  await runStep(pool, { step: 1 });
  assert.equal((await pool.countTensors()).length, 2);
});

describe('a pool whose threads cannot start', () => {
  /** Starts a pool in a process in which `require('@tensorflow/tfjs-node')` does what `engine` says. */
  function startWithEngine(t: TestContext, engine: string) {
    const preload = `
      import Module from 'node:module';
      const load = Module._load;
      Module._load = function (name, ...rest) {
        if (name === '@tensorflow/tfjs-node') ${engine};
        return load.call(this, name, ...rest);
      };`;
    const script = `
      import { WorkerPool } from '${new URL('../../src/coordinator/workerPool.js', import.meta.url)}';
      const images = new Uint8Array(new SharedArrayBuffer(0));
      const began = Date.now();
      try {
        await WorkerPool.start({ ranks: 2, slices: 8, batchSize: 4, images, stallSeconds: 60 });
      } catch ({ name, message }) {
        console.log(name + ': ' + message);
      }
      if (Date.now() - began > 20_000) console.log('late');`;
    const file = writeScript(t, script);
    // Worker threads take the flag over.
    const flags = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, file], { encoding: 'utf8' });
    return stdout + stderr;
  }

  test('says what is wrong with the engine', t => {
    assert.equal(
      startWithEngine(t, `throw new Error('libtensorflow.so.2: cannot open shared object file')`),
      'EngineError: TensorFlow could not be loaded: libtensorflow.so.2: cannot open shared object file. Run "npx gan-dist setup" (in a clone: "npm run setup"); "npx gan-dist doctor" shows what is wrong.\n',
    );
  });

  test('does not wait for threads that end while they load it', t => {
    assert.equal(startWithEngine(t, 'process.exit(3)'), 'WorkerError: a worker thread ended while it started\n');
  });
});

function writeScript(t: TestContext, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gan-dist-pool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'script.mjs'), script);
  return join(folder, 'script.mjs');
}
