import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Barrier, barrierSlots } from '../../src/memory/barrier.js';
import { phaseSlots } from '../../src/memory/phaseNames.js';

interface Arrival {
  rank: number;
  /** How long it had waited in all. */
  ms: number;
  error?: { name: string; message: string };
}

const newSlots = (ranks: number) => new Int32Array(new SharedArrayBuffer(barrierSlots(ranks) * 4));

/** What a thread runs: `rounds` barriers; before each it notes in `rows` that it came, after each that all had come. */
const code = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Barrier } from '${new URL('../../src/memory/barrier.js', import.meta.url)}';
  const { slots, rows, rank, ranks, rounds, seconds } = workerData;
  const barrier = new Barrier(slots, ranks);
  const began = performance.now();
  let error;
  try {
    for (let round = 0; round < rounds; round++) {
      rows[rank] = round + 1;
      barrier.wait(rank, 4, 'phase ' + round, seconds);
      for (let other = 0; other < ranks; other++) {
        if (rows[other] < round + 1) throw new Error('rank ' + rank + ' did not see rank ' + other);
      }
    }
  } catch ({ name, message }) {
    error = { name, message };
  }
  parentPort.postMessage({ rank, ms: performance.now() - began, error });`;

interface Setting {
  slots: Int32Array;
  ranks: number;
  rounds?: number;
  seconds?: number;
}

function startRank(
  t: TestContext,
  rank: number,
  { slots, ranks, rounds = 1, seconds = 20 }: Setting,
  rows: Int32Array = new Int32Array(new SharedArrayBuffer(4 * ranks)),
) {
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const worker = new Worker(url, { workerData: { slots, rows, rank, ranks, rounds, seconds } });
  t.after(() => worker.terminate());
  return new Promise<Arrival>((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

test('no rank goes on before all have come, and each sees what the others wrote before', async t => {
  const ranks = 4;
  const setting = { slots: newSlots(ranks), ranks, rounds: 2000 };
  const rows = new Int32Array(new SharedArrayBuffer(4 * ranks));
  const arrivals = await Promise.all([0, 1, 2, 3].map(rank => startRank(t, rank, setting, rows)));
  for (const { error } of arrivals) assert.equal(error, undefined);
  assert.deepEqual([...rows], [2000, 2000, 2000, 2000]);
});

test('a barrier of one rank does not wait', () => {
  const barrier = new Barrier(newSlots(1), 1);
  for (let round = 0; round < 3; round++) barrier.wait(0, 0, 'alone', 0.001);
});

test('the deadline names who is missing, where each is, and the step', async t => {
  const setting = { slots: newSlots(4), ranks: 4, seconds: 0.5 };
  const arrivals = await Promise.all([0, 2].map(rank => startRank(t, rank, setting)));
  const message =
    'step 4: rank 1 (before the first barrier) and rank 3 (before the first barrier) have not come to the next barrier within 0.5 s (parallel.stallSeconds; if the machine is only slow, set it higher)';
  for (const { error, ms } of arrivals) {
    assert.deepEqual(error, { name: 'StallError', message });
    assert.ok(ms >= 450 && ms < 10_000, `${ms} ms`);
  }
});

test('the deadline names only who is missing now, after rounds in which all came', async t => {
  const setting = { slots: newSlots(2), ranks: 2, seconds: 1 };
  const rows = new Int32Array(new SharedArrayBuffer(8));
  const [first] = await Promise.all([
    startRank(t, 0, { ...setting, rounds: 4 }, rows),
    startRank(t, 1, { ...setting, rounds: 3 }, rows),
  ]);
  assert.equal(
    first!.error!.message,
    'step 4: rank 1 (after phase 2) has not come to the next barrier within 1 s (parallel.stallSeconds; if the machine is only slow, set it higher)',
  );
});

test('the deadline names the others when all have noted that they came, and one then hangs', async t => {
  const slots = newSlots(2);
  slots[3 + 1] = 1;
  const { error } = await startRank(t, 0, { slots, ranks: 2, seconds: 0.5 });
  assert.match(error!.message, /^step \d: rank 1 \(before the first barrier\) has not come to the next barrier/);
});

test('an abort wakes who waits, at once, and stops who comes later', async t => {
  const setting = { slots: newSlots(3), ranks: 3 };
  const waiting = [0, 1].map(rank => startRank(t, rank, setting));
  const arrived = () => setting.slots.subarray(3).reduce((sum, count) => sum + count, 0);
  while (arrived() < 2) await sleep(5);
  new Barrier(setting.slots, 3).abort();
  const arrivals = await Promise.all([...waiting, startRank(t, 2, setting)]);
  for (const { error, ms } of arrivals) {
    assert.deepEqual(error, { name: 'AbortedError', message: 'the step was given up because another rank failed' });
    assert.ok(ms < 15_000, `${ms} ms`);
  }
});

test('after a reset the barrier works again', async t => {
  const setting = { slots: newSlots(2), ranks: 2, rounds: 5 };
  const barrier = new Barrier(setting.slots, 2);
  barrier.abort();
  assert.throws(() => barrier.wait(0, 0, 'any', 1), { name: 'AbortedError' });
  barrier.reset();
  const rows = new Int32Array(new SharedArrayBuffer(8));
  const arrivals = await Promise.all([0, 1].map(rank => startRank(t, rank, setting, rows)));
  for (const { error } of arrivals) assert.equal(error, undefined);
});

test('a rank is after the barrier that it passed last, whatever the length of its name, also while it waits', async t => {
  const slots = newSlots(2);
  const barrier = new Barrier(slots, 2);
  assert.equal(barrier.phaseOf(1), 'before the first barrier');
  const alone = new Barrier(newSlots(1), 1);
  for (const name of ['long '.repeat(40), 'short', "D's turn 0, forward to discriminator/dense_1"]) {
    alone.wait(0, 0, name, 1);
    assert.equal(alone.phaseOf(0), `after ${name.slice(0, phaseSlots)}`);
  }
  const setting = { slots, ranks: 2, seconds: 0.5 };
  const rows = new Int32Array(new SharedArrayBuffer(8));
  const waiting = startRank(t, 0, { ...setting, rounds: 3 }, rows);
  await Promise.all([waiting, startRank(t, 1, { ...setting, rounds: 2 }, rows)]);
  assert.deepEqual(
    [0, 1].map(rank => barrier.phaseOf(rank)),
    ['after phase 1', 'after phase 1'],
  );
  barrier.reset();
  assert.equal(barrier.phaseOf(0), 'before the first barrier');
});

test('the time in which the whole process was stopped is no stall', async t => {
  const script = `
    import { Worker, isMainThread, workerData } from 'node:worker_threads';
    import { writeSync } from 'node:fs';
    import { Barrier, barrierSlots } from '${new URL('../../src/memory/barrier.js', import.meta.url)}';
    const rank = isMainThread ? 0 : 1;
    const slots = workerData ?? new Int32Array(new SharedArrayBuffer(4 * barrierSlots(2)));
    if (isMainThread) new Worker(new URL(import.meta.url), { workerData: slots });
    else {
      writeSync(1, 'waiting');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      // Busy for a while after the stop: the other rank looks at its deadline first.
      for (const began = performance.now(); performance.now() < began + 500; );
    }
    new Barrier(slots, 2).wait(rank, 0, 'phase', 4);`;
  const folder = mkdtempSync(join(tmpdir(), 'gan-dist-barrier-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'script.mjs'), script);
  const child = spawn(process.execPath, [join(folder, 'script.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  await sleep(5000);
  child.kill('SIGCONT');
  assert.deepEqual(await exited, [0, null]);
});
