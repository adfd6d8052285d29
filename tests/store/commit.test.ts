/** A commit that fails or is cut off at any of its operations leaves the old commit or the new one, and never a mix. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreError } from '../../src/shared/errors.js';
import { openRunToWrite } from '../../src/store/recovery.js';
import { openRun } from '../../src/store/run.js';
import { assertRun } from './assertRun.js';
import { MemoryFileSystem } from './memoryFileSystem.js';
import { appendTo, makeClosedRun, makeFolder, makeRun, metricsOf, positionOf, tensorsOf, trainTo } from './testRuns.js';

const path = '/runs/run.zarr';
const old = { steps: 12, checkpoints: [5, 12] };
const next = { steps: 17, checkpoints: [12, 17] };

/** Checkpoints 5 and 12 are committed. */
async function makeBase(): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem();
  await makeClosedRun(path, [5, 12], { keep: 2, fileSystem: fs });
  return fs.after('kept');
}

/** The base, opened, and then a commit of 17 with operation n failing. */
async function commitWithFault(base: MemoryFileSystem, n: number, lasts: 'once' | 'for good', code: string) {
  const fs = base.after('kept');
  const { writer } = await openRunToWrite(path, { keep: 2, fileSystem: fs });
  Object.assign(fs.faults, { count: 0, failAt: n, lasts, code });
  const error = await trainTo(writer, 17).then(
    () => undefined,
    (error: unknown) => error,
  );
  fs.faults.failAt = 0;
  return { fs, writer, error, failed: fs.faults.failed };
}

const latestStep = async (fs: MemoryFileSystem) => (await openRun(path, fs)).latest?.step;

for (const unsynced of ['kept', 'lost'] as const)
  test(`a commit cut off at any operation, unsynced files ${unsynced}, shows the old or the new state and goes on`, async () => {
    const base = await makeBase();
    const seen = { old: 0, next: 0 };
    for (let n = 1; ; n++) {
      const { fs: cut, failed } = await commitWithFault(base, n, 'for good', 'EIO');
      if (!failed) break;
      const fs = cut.after(unsynced);
      const state = (await latestStep(fs)) === 17 ? next : old;
      seen[state === next ? 'next' : 'old']++;
      await assertRun(path, state, fs);
      await fs.unlink(`${path}.lock`).catch(() => {}); // Its owner is this process, which is not dead.
      for (const problem of await (await openRun(path, fs)).verify())
        assert.equal(problem.harmless, true, `${failed}: ${problem.message}`);

      const { writer, recovery } = await openRunToWrite(path, { keep: 2, fileSystem: fs });
      assert.equal(recovery.position?.step, state === next ? 17 : 12, failed);
      assert.deepEqual([recovery.deletedCheckpoints, recovery.problems], [[], []], failed);
      assert.deepEqual(await (await openRun(path, fs)).verify(), [], failed);
      await trainTo(writer, 17);
      await writer.close();
      await assertRun(path, next, fs);
    }
    assert.ok(seen.old > 200 && seen.next > 50, JSON.stringify(seen));
  });

for (const unsynced of ['kept', 'lost'] as const)
  test(`a recovery cut off at any operation, unsynced files ${unsynced}, is done by the next`, async () => {
    const base = await makeBase();
    const { fs: made } = await commitWithFault(base, 0, 'once', '');
    const dead = await openWriterAfter(made);
    appendTo(dead, 30);
    await dead.flush();
    const before = made.after('lost');
    await before.unlink(`${path}.lock`).catch(() => {});
    // The newest checkpoint is damaged too.
    await before.unlink(`${path}/checkpoints/00000017/generator/dense_1/bias/0`);
    for (let n = 1; ; n++) {
      const fs = before.after('kept');
      Object.assign(fs.faults, { failAt: n, lasts: 'for good', code: 'EIO' });
      await openRunToWrite(path, { keep: 2, fileSystem: fs }).catch(() => {});
      if (!fs.faults.failed) break;
      const after = fs.after(unsynced);
      await after.unlink(`${path}.lock`).catch(() => {});
      const { writer } = await openRunToWrite(path, { keep: 2, fileSystem: after });
      await assertRun(path, { steps: 12, checkpoints: [12] }, after);
      assert.deepEqual(await (await openRun(path, after)).verify(), [], fs.faults.failed);
      await writer.close();
    }
  });

/** The run, taken from the writer that has it. */
async function openWriterAfter(fs: MemoryFileSystem) {
  await fs.unlink(`${path}.lock`);
  return (await openRunToWrite(path, { keep: 2, fileSystem: fs })).writer;
}

test('a commit that fails once, at any operation, keeps the previous one and works when tried again', async () => {
  const base = await makeBase();
  for (let n = 1; ; n++) {
    const code = ['ENOSPC', 'EACCES', 'EMFILE', 'EIO'][n % 4]!;
    const { fs, writer, error, failed } = await commitWithFault(base, n, 'once', code);
    if (!failed) break;
    if (error) assert.ok(error instanceof StoreError && error.message.includes(code), `${failed}: ${error}`);
    // Deletions come after the commit: when one fails, the commit stands.
    const state = (await latestStep(fs)) === 17 ? next : old;
    if (!error) assert.equal(state, next, failed);
    await assertRun(path, state, fs);
    // A failed commit may have got as far as the last rename, but it has not promised that this lasts.
    const afterPowerCut = fs.after('lost');
    if (!error) await assertRun(path, state, afterPowerCut);
    await assertRun(path, (await latestStep(afterPowerCut)) === 17 ? next : old, afterPowerCut);
    await trainTo(writer, 17);
    await trainTo(writer, 20);
    await writer.close();
    await assertRun(path, { steps: 20, checkpoints: [17, 20] }, fs.after('lost'));
    assert.deepEqual(await (await openRun(path, fs)).verify(), [], failed);
  }
});

test('a flush cut off at any operation shows the old or the new rows', async () => {
  const base = await makeBase();
  for (let n = 1; ; n++) {
    const fs = base.after('kept');
    const { writer } = await openRunToWrite(path, { keep: 2, fileSystem: fs });
    appendTo(writer, 16);
    Object.assign(fs.faults, { count: 0, failAt: n, lasts: 'for good' });
    await writer.flush().catch(() => {});
    if (!fs.faults.failed) break;
    for (const unsynced of ['kept', 'lost'] as const) {
      const after = fs.after(unsynced);
      const { steps } = await openRun(path, after);
      assert.ok(steps === 12 || steps === 16, fs.faults.failed);
      await assertRun(path, { steps, checkpoints: [5, 12] }, after);
    }
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
  const writer = await makeRun(path, []);
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
  const row = metricsOf(7);
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
