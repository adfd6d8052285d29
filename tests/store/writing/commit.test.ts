/** A commit that fails or is cut off at any of its operations leaves the old commit or the new one, and never a mix. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { reference } from '../../../src/model/presets.js';
import { StoreError } from '../../../src/shared/errors.js';
import { openRun } from '../../../src/store/reading/run.js';
import { openRunToWrite } from '../../../src/store/writing/recovery.js';
import { assertRun } from '../assertRun.js';
import { type Deaths, extremes, gatherDeaths, isTorture, sampleOf } from '../losses.js';
import { MemoryFileSystem } from '../memoryFileSystem.js';
import { appendTo, makeClosedRun, makeFolder, makeRun, metricsOf, positionOf, stateOf, trainTo } from '../testRuns.js';

const imageShape = reference.image;

const path = '/runs/run.zarr';
const old = { steps: 12, checkpoints: [5, 12], generators: [] as number[] };
// Step 20 is the end of an epoch: its generator is part of the commit.
const next = { steps: 20, checkpoints: [12, 20], generators: [20] };
const kept = { keep: 2, keepGenerators: true };

/** Checkpoints 5 and 12 are committed. */
async function makeBase(): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem();
  await makeClosedRun(path, [5, 12], { ...kept, fileSystem: fs });
  return fs.after('kept');
}

/** The base, opened, and then a commit of 20 with operation n failing. */
async function commitWithFault(base: MemoryFileSystem, n: number, lasts: 'once' | 'for good', code: string) {
  const fs = base.after('kept');
  const { writer } = await openRunToWrite(path, { ...kept, fileSystem: fs });
  Object.assign(fs.faults, { count: 0, failAt: n, lasts, code });
  const error = await trainTo(writer, 20).then(
    () => undefined,
    (error: unknown) => error,
  );
  fs.faults.failAt = 0;
  return { fs, writer, error, failed: fs.faults.failed };
}

const latestStep = async (fs: MemoryFileSystem) => (await openRun(path, fs)).latest?.step;

test('a commit cut off at any operation, whatever is lost, shows the old or the new state and goes on', async t => {
  const fs = await makeBase();
  const { writer } = await openRunToWrite(path, { ...kept, fileSystem: fs });
  const deaths = await gatherDeaths(fs, () => trainTo(writer, 20));
  const seen = { old: 0, next: 0 };
  for (const { what, fs } of sampleOf(deaths.remains, 80)) {
    const state = await assertOldOrNew(fs, what);
    seen[state === next ? 'next' : 'old']++;
    await goOn(fs, state, what);
  }
  assert.ok(seen.old > 30 && seen.next > 5, JSON.stringify(seen));
  tell(t, deaths, seen);
});

test('killed at any operation of a commit, gone on with, and then the power fails: the same', async t => {
  const base = await makeBase();
  const sum = { cases: 0, stores: 0 };
  const seen = new Set<string>();
  for (const n of await listKills(base)) {
    const { fs, failed } = await commitWithFault(base, n, 'for good', 'EIO');
    // What the kill left unsynced still is when the next process opens the run.
    await fs.unlink(`${path}.lock`).catch(() => {});
    const deaths = await gatherDeaths(fs, () => openRunToWrite(path, { ...kept, fileSystem: fs }), extremes, seen);
    for (const { what, fs } of deaths.remains) await assertOldOrNew(fs, `${failed}, then ${what}`);
    sum.cases += deaths.cases;
    sum.stores += deaths.remains.length;
  }
  t.diagnostic(`operations × losses: ${sum.cases} cases, ${sum.stores} different stores, all of them opened`);
});

/** All operations of the commit; in `npm test` three of those at which names in the store are not synced. */
async function listKills(base: MemoryFileSystem): Promise<number[]> {
  const fs = base.after('kept');
  const { writer } = await openRunToWrite(path, { ...kept, fileSystem: fs });
  const operations: string[] = [];
  fs.onOperation = what => operations.push(what);
  await trainTo(writer, 20);
  const all = operations.map((what, i) => ({ what, n: i + 1 }));
  const syncs = all.filter(({ what }) => what === `syncFolder ${path}` || what === `syncFolder ${path}/checkpoints`);
  return (isTorture ? all : syncs.slice(0, 3)).map(({ n }) => n);
}

test('a recovery cut off at any operation, whatever is lost, is done by the next', async t => {
  const { fs: made } = await commitWithFault(await makeBase(), 0, 'once', '');
  const dead = await openWriterAfter(made);
  appendTo(dead, 30);
  await dead.flush();
  const before = made.after('lost');
  await before.unlink(`${path}.lock`).catch(() => {});
  // The newest checkpoint is damaged too.
  await before.unlink(`${path}/checkpoints/00000020/generator/dense_1/bias/0`);
  const fs = before.after('kept');
  const deaths = await gatherDeaths(fs, () => openRunToWrite(path, { ...kept, fileSystem: fs }));
  for (const { what, fs } of sampleOf(deaths.remains, 60)) {
    await fs.unlink(`${path}.lock`).catch(() => {});
    const { writer } = await openRunToWrite(path, { ...kept, fileSystem: fs });
    await assertRun(path, { steps: 12, checkpoints: [12] }, fs);
    assert.deepEqual(await (await openRun(path, fs)).verify(), [], what);
    await writer.close();
  }
  tell(t, deaths);
});

test('a flush cut off at any operation, whatever is lost, shows the old or the new rows', async t => {
  const fs = await makeBase();
  const { writer } = await openRunToWrite(path, { ...kept, fileSystem: fs });
  appendTo(writer, 16);
  const deaths = await gatherDeaths(fs, () => writer.flush());
  for (const { what, fs } of sampleOf(deaths.remains, 60)) {
    const { steps } = await openRun(path, fs);
    assert.ok(steps === 12 || steps === 16, what);
    await assertRun(path, { steps, checkpoints: [5, 12] }, fs);
  }
  tell(t, deaths);
});

/** The run as a reader sees it: all of one commit, and every file of it good. */
async function assertOldOrNew(fs: MemoryFileSystem, what: string) {
  const state = (await latestStep(fs)) === 20 ? next : old;
  await assertRun(path, state, fs);
  // zarr-python takes these from the single file.
  const { latest, rows } = JSON.parse(Buffer.from(await fs.readFile(`${path}/.zattrs`)).toString());
  assert.ok(
    state.checkpoints.includes(latest.step) && rows.metrics <= state.steps,
    `${what}: .zattrs names ${latest.step}`,
  );
  await fs.unlink(`${path}.lock`).catch(() => {}); // Its owner is this process, which is not dead.
  for (const problem of await (await openRun(path, fs)).verify())
    assert.equal(problem.harmless, true, `${what}: ${problem.message}`);
  return state;
}

/** Opening clears up and loses nothing, and the next commit leaves what an undisturbed run has. */
async function goOn(fs: MemoryFileSystem, state: typeof old, what: string): Promise<void> {
  const { writer, recovery } = await openRunToWrite(path, { ...kept, fileSystem: fs });
  assert.equal(recovery.position?.step, state === next ? 20 : 12, what);
  assert.deepEqual([recovery.deletedCheckpoints, recovery.problems], [[], []], what);
  assert.deepEqual(await (await openRun(path, fs)).verify(), [], what);
  await trainTo(writer, 20);
  await writer.close();
  await assertRun(path, next, fs.after('lost'));
}

function tell(t: TestContext, { operations, cases, remains }: Deaths, seen?: { old: number; next: number }): void {
  const ends = seen ? `: ${seen.old} showed the old commit, ${seen.next} the new one` : '';
  const opened = sampleOf(remains, seen ? 80 : 60).length;
  t.diagnostic(
    `operations × losses: ${cases} cases at ${operations} operations, ${remains.length} different stores, ${opened} of them opened${ends}`,
  );
}

/** The run, taken from the writer that has it. */
async function openWriterAfter(fs: MemoryFileSystem) {
  await fs.unlink(`${path}.lock`);
  return (await openRunToWrite(path, { ...kept, fileSystem: fs })).writer;
}

/** What a disk answers: errors, and writes that take a byte, or nothing, and say nothing. */
const answers = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'short', 'nothing'];

/** Every answer at each of the operations; in `npm test` some operations, the answers taking turns. */
const listFaults = (operations: number): [n: number, answer: string][] =>
  sampleOf(
    Array.from({ length: operations }, (_, i) => i + 1),
    50,
  ).flatMap((n, i) =>
    (isTorture ? answers : [answers[i % answers.length]!]).map((answer): [number, string] => [n, answer]),
  );

/** A failure is a StoreError that tells why; a write that took a byte is none. */
function assertTold(error: unknown, answer: string, failed: string | undefined): void {
  if (answer === 'short') assert.equal(error, undefined, failed);
  const code = answer === 'nothing' ? 'ENOSPC' : answer;
  if (error) assert.ok(error instanceof StoreError && error.message.includes(code), `${failed}: ${error}`);
}

test('a commit that fails once, at any operation, keeps the previous one and works when tried again', async t => {
  const base = await makeBase();
  const operations = (await commitWithFault(base, 0, 'once', '')).fs.faults.count;
  const faults = listFaults(operations);
  for (const [n, answer] of faults) {
    const { fs, writer, error, failed } = await commitWithFault(base, n, 'once', answer);
    assertTold(error, answer, failed);
    // Deletions come after the commit: when one fails, the commit stands.
    const state = (await latestStep(fs)) === 20 ? next : old;
    if (!error) assert.equal(state, next, failed);
    await assertRun(path, state, fs);
    // A failed commit may have got as far as the last rename, but it has not promised that this lasts.
    const afterPowerCut = fs.after('lost');
    if (!error) await assertRun(path, state, afterPowerCut);
    await assertRun(path, (await latestStep(afterPowerCut)) === 20 ? next : old, afterPowerCut);
    const { commit } = (await openRun(path, fs)).attributes;
    const isTriedAgain = n % 2 === 0;
    if (isTriedAgain) await trainTo(writer, 20);
    await trainTo(writer, 25);
    await writer.close();
    // What a reader has seen is not taken back: neither its number, nor its newest checkpoint.
    const newest = isTriedAgain || state === next ? 20 : 12;
    await assertRun(path, { steps: 25, checkpoints: [newest, 25] }, fs.after('lost'));
    assert.ok((await openRun(path, fs)).attributes.commit > commit, failed);
    assert.deepEqual(await (await openRun(path, fs)).verify(), [], failed);
  }
  t.diagnostic(`operations × answers of the disk: ${faults.length} cases at ${operations} operations of a commit`);
});

test('a flush that fails once, at any operation, keeps the rows, and the next one takes them along', async t => {
  const base = await makeBase();
  const open = async (n: number, code: string) => {
    const fs = base.after('kept');
    const { writer } = await openRunToWrite(path, { ...kept, fileSystem: fs });
    appendTo(writer, 16);
    Object.assign(fs.faults, { count: 0, failAt: n, lasts: 'once', code });
    const error = await writer.flush().catch((error: unknown) => error);
    fs.faults.failAt = 0;
    return { fs, writer, error, failed: fs.faults.failed };
  };
  const operations = (await open(0, '')).fs.faults.count;
  const faults = listFaults(operations);
  for (const [n, answer] of faults) {
    const { fs, writer, error, failed } = await open(n, answer);
    assertTold(error, answer, failed);
    const { steps } = await openRun(path, fs);
    assert.ok(steps === 16 || (error && steps === 12), failed);
    await assertRun(path, { steps, checkpoints: [5, 12] }, fs);
    appendTo(writer, 20);
    await writer.flush();
    await assertRun(path, { steps: 20, checkpoints: [5, 12] }, fs.after('lost'));
    await trainTo(writer, 20);
    await writer.close();
    await assertRun(path, next, fs.after('lost'));
  }
  t.diagnostic(`operations × answers of the disk: ${faults.length} cases at ${operations} operations of a flush`);
});

test('rows that arrive during a commit belong to the next one', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const writer = await makeRun(path, [5]);
  appendTo(writer, 8);
  const commit = writer.commitCheckpoint(positionOf(8), stateOf(8));
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
  const fixed = new Uint8Array(64 * 784);
  const small = {
    step: 6,
    fixed,
    imageShape,
    grid: { height: 1, width: 1, channels: 1 as const, pixels: new Uint8Array(1) },
  };
  assert.throws(() => writer.appendSample(small), /samples\/grid takes \[84,56\] of \|u1, got 1 bytes/);
  await assert.rejects(
    writer.commitCheckpoint(positionOf(9), stateOf(9)),
    /checkpoint 9 does not fit: 5 steps are done/,
  );
  await trainTo(writer, 6);
  await writer.close();
  await assertRun(path, { steps: 6, checkpoints: [5, 6] });
});
