import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Checkpointer } from '../../src/coordinator/checkpointer.js';
import type { WorkerPool } from '../../src/coordinator/pool/workerPool.js';
import { referencePlan } from '../../src/model/plan.js';
import { planState } from '../../src/model/stateLayout.js';
import { StoreError } from '../../src/shared/errors.js';
import { createRunInThread, openRun } from '../../src/store/index.js';
import { description, makeFolder, metricsOf } from '../store/testRuns.js';

const slices = 8;

/**
 * A real store whose disk is full for the first `failures` checkpoints, and only for those; or
 * something worse happens.
 */
async function openCheckpointer(
  t: TestContext,
  failures: number,
  failure = 'throw full(path)',
  answers: string[] = [],
) {
  const folder = await makeFolder(t);
  const fileSystem = join(folder, 'fileSystem.mjs');
  await writeFile(
    fileSystem,
    `import { nodeFileSystem } from '${new URL('../../src/store/disk/fileSystem.js', import.meta.url)}';
    let left = ${failures};
    const answers = ${JSON.stringify(answers)};
    // The next answer: an error, a file that takes no byte and says nothing, or a file as it should be.
    const answer = async path => {
      const next = answers.shift();
      if (next !== 'nothing' && next) throw Object.assign(new Error(next), { code: next, path });
      const file = await nodeFileSystem.create(path);
      return next ? { ...file, write: async () => 0 } : file;
    };
    const full = path => Object.assign(new Error('full'), { code: 'ENOSPC', path });
    const create = path => { if (/\\/checkpoint-[^/]*\\/generator\\/dense_1\\/kernel\\/0\\.0$/.test(path) && left-- > 0) ${failure}; return nodeFileSystem.create(path); };
    export const fileSystem = { ...nodeFileSystem, create };`,
  );
  const path = join(folder, 'run.zarr');
  const fileSystemModule = pathToFileURL(fileSystem).href;
  const store = await createRunInThread(path, description, { keep: 0, fileSystemModule });
  t.after(() => store.close().catch(() => {}));
  // Of the pool it needs the current state only.
  const pool = {
    current: new Float32Array(new SharedArrayBuffer(4 * planState(referencePlan(), slices).length)),
  } as unknown as WorkerPool;
  const warnings: string[] = [];
  const checkpointer = new Checkpointer(store, pool, slices, message => warnings.push(message));
  const commit = async (step: number) => {
    if (step > 0) store.appendMetrics(metricsOf(step - 1));
    await checkpointer.commit({ step, epoch: 0, batch: step });
  };
  return { path, store, pool, checkpointer, commit, warnings };
}

test('a checkpoint is the state at its step, whatever happens to the state while it is written', async t => {
  const { path, store, pool, checkpointer, commit } = await openCheckpointer(t, 0);
  for (const step of [0, 1, 2]) {
    pool.current.fill(step);
    await commit(step);
    pool.current.fill(Number.NaN);
  }
  await checkpointer.settled();
  await store.close();
  const run = await openRun(path);
  for (const step of [0, 1, 2]) {
    const bias = (await run.readCheckpoint(step)).get('generator/conv_1/bias')!;
    assert.deepEqual([...bias.data], new Array(64).fill(step));
  }
});

test('two checkpoints that the disk refuses are told, and the third takes everything along', async t => {
  const { path, store, checkpointer, commit, warnings } = await openCheckpointer(t, 2);
  for (const step of [0, 1, 2]) await commit(step);
  await checkpointer.settled();
  await store.close();
  assert.equal(warnings.length, 2);
  assert.match(
    warnings[0]!,
    /^could not write checkpoint 0: the disk is full; .*the run goes on and tries again at the next checkpoint$/,
  );
  const run = await openRun(path);
  assert.deepEqual(run.checkpoints, [2]);
  assert.equal(run.steps, 2);
});

test('whatever the disk answers is told, and failures that are not in a row do not add up', async t => {
  const answers = ['EIO', 'EACCES', '', 'EMFILE', 'nothing', '', 'ENOSPC'];
  const { path, store, checkpointer, commit, warnings } = await openCheckpointer(t, 99, `return answer(path)`, answers);
  for (const step of answers.keys()) {
    await commit(step);
    await checkpointer.settled();
    assert.deepEqual(
      (await openRun(path)).checkpoints,
      [2, 5].filter(good => good <= step),
      `after checkpoint ${step}`,
    );
  }
  await store.close();
  const goesOn = '; the run goes on and tries again at the next checkpoint';
  for (const [i, [step, told]] of [
    [0, 'the disk reported an input/output error; check the disk (EIO, '],
    [1, 'permission denied; choose a folder you may write, or change its permissions (EACCES, '],
    [3, 'this process may have no more than '],
    [4, 'the disk is full; free some space (ENOSPC, '],
    [6, 'the disk is full; free some space (ENOSPC, '],
  ].entries()) {
    assert.ok(warnings[i]!.startsWith(`could not write checkpoint ${step}: ${told}`), warnings[i]);
    assert.ok(warnings[i]!.endsWith(goesOn), warnings[i]);
  }
  assert.equal(warnings.length, 5);
});

test('the third in a row ends the run, at the next step and not at the next checkpoint', async t => {
  const { checkpointer, commit } = await openCheckpointer(t, 3);
  for (const step of [0, 1, 2]) await commit(step);
  await assert.rejects(checkpointer.settled(), StoreError);
  assert.throws(() => checkpointer.flushIfDue(), StoreError);
});

test('when the store’s thread is gone the run ends at once: nothing can be tried again', async t => {
  const { checkpointer, commit, warnings } = await openCheckpointer(t, 1, 'process.exit(7)');
  await commit(0);
  const ended = { name: 'StoreThreadError', message: /^the store thread ended: exit code 7; / };
  await assert.rejects(checkpointer.settled(), ended);
  assert.throws(() => checkpointer.flushIfDue(), ended);
  assert.deepEqual(warnings, []);
});

test('a run that another process has taken over is given up at once', async t => {
  const { path, checkpointer, commit, warnings } = await openCheckpointer(t, 0);
  await commit(0);
  await checkpointer.settled();
  await writeFile(`${path}.lock`, JSON.stringify({ pid: 7, host: 'elsewhere' }));
  await commit(1);
  await assert.rejects(
    checkpointer.settled(),
    /is not this process’s any more: process 7 on elsewhere has taken it over/,
  );
  assert.deepEqual(warnings, []);
});
