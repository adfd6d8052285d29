/** A commit that fails or is cut off at any of its operations leaves the old commit or the new one, and never a mix. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreError } from '../../src/shared/errors.js';
import { openRunToWrite } from '../../src/store/recovery.js';
import { openRun } from '../../src/store/run.js';
import { assertRun } from './assertRun.js';
import { makeFaulty } from './faultyFileSystem.js';
import { appendTo, makeFolder, makeRun, positionOf, tensorsOf, trainTo } from './testRuns.js';

const old = { steps: 12, checkpoints: [5, 12] };
const next = { steps: 17, checkpoints: [12, 17] };

/** Checkpoints 5 and 12 are committed, then 17 is, with operation n failing. Answers undefined when there were fewer. */
async function commitWithFault(path: string, n: number, lasts: 'once' | 'for good', code = 'ENOSPC') {
  const { fs, faults } = makeFaulty();
  const writer = await makeRun(path, [5, 12], { keep: 2, fileSystem: fs });
  Object.assign(faults, { count: 0, failAt: n, lasts, code });
  const error = await trainTo(writer, 17).then(
    () => undefined,
    (error: unknown) => error,
  );
  const { failed } = faults;
  Object.assign(faults, { failAt: 0 });
  return failed === undefined ? undefined : { writer, error, failed };
}

const isNext = async (path: string) => (await openRun(path)).latest?.step === 17;

test('a commit killed at any operation shows the old or the new state, and is continued from it', async t => {
  const folder = await makeFolder(t);
  let operations = 0;
  const seen = { old: 0, next: 0 };
  for (let n = 1; ; n++) {
    const path = join(folder, `${n}.zarr`);
    const done = await commitWithFault(path, n, 'for good', 'EIO');
    if (!done) break;
    operations++;
    const state = (await isNext(path)) ? next : old;
    seen[state === next ? 'next' : 'old']++;
    await assertRun(path, state);
    await rm(`${path}.lock`); // Its owner is this process, which is not dead.
    for (const problem of await (await openRun(path)).verify())
      assert.equal(problem.harmless, true, `${done.failed}: ${problem.message}`);

    const { writer, recovery } = await openRunToWrite(path, { keep: 2 });
    assert.equal(recovery.position?.step, state === next ? 17 : 12, done.failed);
    assert.deepEqual([recovery.deletedCheckpoints, recovery.problems], [[], []], done.failed);
    await assertRun(path, state);
    await trainTo(writer, 17);
    await trainTo(writer, 20);
    await writer.close();
    await assertRun(path, { steps: 20, checkpoints: [17, 20] });
    assert.deepEqual(await (await openRun(path)).verify(), [], done.failed);
    await rm(path, { recursive: true });
  }
  assert.ok(operations > 60, `${operations} operations`);
  assert.ok(seen.old > 50 && seen.next > 3, JSON.stringify(seen));
});

for (const code of ['ENOSPC', 'EACCES', 'EMFILE'])
  test(`a commit that fails once with ${code}, at any operation, keeps the previous one and works when tried again`, async t => {
    const folder = await makeFolder(t);
    for (let n = 1; ; n++) {
      const path = join(folder, `${n}.zarr`);
      const done = await commitWithFault(path, n, 'once', code);
      if (!done) break;
      // Deletions come after the commit: when one fails, the commit stands.
      if (done.error)
        assert.ok(
          done.error instanceof StoreError && done.error.message.includes(code),
          `${done.failed}: ${done.error}`,
        );
      if (!done.error) assert.ok(await isNext(path), done.failed);
      if (!(await isNext(path))) await assertRun(path, old);
      await trainTo(done.writer, 17);
      await trainTo(done.writer, 20);
      await done.writer.close();
      await assertRun(path, { steps: 20, checkpoints: [17, 20] });
      assert.deepEqual(await (await openRun(path)).verify(), [], done.failed);
      await rm(path, { recursive: true });
    }
  });

test('a flush killed at any operation shows the old or the new state', async t => {
  const folder = await makeFolder(t);
  for (let n = 1; ; n++) {
    const path = join(folder, `${n}.zarr`);
    const { fs, faults } = makeFaulty();
    const writer = await makeRun(path, [5], { fileSystem: fs });
    appendTo(writer, 9);
    Object.assign(faults, { count: 0, failAt: n, lasts: 'for good' });
    await writer.flush().catch(() => {});
    if (!faults.failed) break;
    const { steps } = await openRun(path);
    assert.ok(steps === 5 || steps === 9, faults.failed);
    await assertRun(path, { steps, checkpoints: [5] });
  }
});

test('rows that arrive during a commit belong to the next one', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const writer = await makeRun(path, [5]);
  appendTo(writer, 8);
  const commit = writer.commitCheckpoint(positionOf(8), tensorsOf(8));
  const flush = writer.flush();
  await Promise.resolve().then(() => appendTo(writer, 11));
  await Promise.all([commit, flush]);
  await writer.flush();
  await writer.close();
  await assertRun(path, { steps: 11, checkpoints: [5, 8] });
});

test('chunks are completed row by row across many flushes', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const { fs } = makeFaulty();
  const writer = await makeRun(path, [], { fileSystem: fs });
  for (const to of [1, 1000, 1024, 1025, 2047, 2050]) {
    appendTo(writer, to);
    await writer.flush();
  }
  await writer.close();
  const run = await openRun(path);
  assert.deepEqual(
    [...(await run.readMetrics()).step],
    Array.from({ length: 2050 }, (_, step) => step),
  );
  assert.deepEqual(
    Object.keys(run.attributes.chunks).filter(key => key.startsWith('metrics/d_loss/')),
    ['metrics/d_loss/0', 'metrics/d_loss/1', 'metrics/d_loss/tail'],
  );
  assert.deepEqual(await run.verify(), []);
});

test('metrics and samples that do not follow are refused, and harm nothing', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const writer = await makeRun(path, [5]);
  const row = { step: 7, dLoss: 0, gLoss: 0, dReal: 0, dFake: 0, stepMs: 0 };
  assert.throws(
    () => writer.appendMetrics(row),
    new StoreError('metrics must follow step by step: expected step 5, got 7'),
  );
  const small = { step: 6, grid: { height: 1, width: 1, pixels: new Uint8Array(1) }, fixed: new Uint8Array(64 * 784) };
  assert.throws(() => writer.appendSample(small), /samples\/grid takes \[84,56\] of \|u1, got 1 bytes/);
  await assert.rejects(
    writer.commitCheckpoint(positionOf(9), tensorsOf(9)),
    /checkpoint 9 does not fit: 5 steps are done/,
  );
  await trainTo(writer, 6);
  await writer.close();
  await assertRun(path, { steps: 6, checkpoints: [5, 6] });
});
