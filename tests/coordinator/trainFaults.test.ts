/**
 * Ranks that die again and again, or stall, under the loop: what is done stays done, and the
 * resumed run has the same bytes.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { resolveConfig } from '../../src/config/readConfig.js';
import { type TrainOptions, train } from '../../src/coordinator/train.js';
import { temporaryFolder } from '../../src/store/disk/place.js';
import { openRun } from '../../src/store/index.js';
import { type Failure, toFault, wake } from './faults.js';
import { assertSameAsWhole, readRun } from './readRun.js';

/** Two steps, with a checkpoint before the first and after the last. */
const small = [
  'data.source=mnist-10k',
  'data.limit=22',
  'training.batchSize=11',
  'training.epochs=1',
  'output.checkpointEvery=100',
  'output.sampleEvery=2',
  'output.keep=0',
  'parallel.workers=2',
];

let folder: string;
/** A run that nothing disturbed. */
let whole: Awaited<ReturnType<typeof readRun>>;
const inFolder = (name: string) => path.join(folder, `${name}.zarr`);

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gan-dist-faults-'));
  await trainSmall(inFolder('whole'));
  whole = await readRun(inFolder('whole'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

function trainSmall(run: string, options: Omit<TrainOptions, 'config'> = {}, set: string[] = []) {
  const config = resolveConfig({ set: [...small, `output.run=${run}`, ...set], cwd: '/' });
  return train({ ifExists: 'resume', config, ...options });
}

test('a rank that fails in every attempt at a step ends the run resumable, with the steps before and all retries told', async () => {
  const run = inFolder('failing');
  const barrier = "G's turn, forward to discriminator/dense_1";
  const place = "rank 1 failed in step 1, after G's turn, forward to generator/conv_1";
  const failure: Failure = { step: 1, rank: 1, barrier, how: 'exit', times: 4 };
  const inErrors = {
    name: 'WorkerError',
    exitCode: 1,
    rank: 1,
    step: 1,
    phase: "after G's turn, forward to generator/conv_1",
  };
  await assert.rejects(trainSmall(run, { faults: [toFault(failure)] }), {
    ...inErrors,
    message: `${place}: worker exited with code: 9`,
  });
  assert.equal((await openRun(run)).latest?.step, 1);

  // And again, now in the first step of a session, which has nothing to commit but that.
  const message = `${place}: rank 1 fails on purpose at ${barrier}`;
  const told: string[] = [];
  const onEvent = (kind: string, what: string) => kind === 'retry' && told.push(what);
  const faults = [toFault({ ...failure, how: 'throw' })];
  await assert.rejects(trainSmall(run, { faults, onEvent }), { ...inErrors, message });

  const retries = (reason: string) => [2, 3, 4].map(n => `${reason}; the step is run again (attempt ${n})`);
  assert.deepEqual(told, retries(message));
  const { latest, attributes } = await openRun(run);
  assert.equal(latest?.step, 1);
  assert.deepEqual(
    attributes.events.filter(({ kind }) => kind === 'retry').map(({ step, message }) => [step, message]),
    [...retries(`${place}: worker exited with code: 9`), ...retries(message)].map(message => [1, message]),
  );
  await trainSmall(run);
  await assertSameAsWhole(run, whole);
});

test('a rank that wakes up while the steps before its stall are committed does not harm them', async () => {
  const run = inFolder('late');
  // After this barrier the rank writes what is left of the new state.
  const barrier = "G's turn, update of the convolutions";
  const late = toFault({ step: 1, rank: 1, barrier, how: 'late' });
  let isWoken = false;
  const watch = setInterval(() => {
    if (!isStallCommitted(run)) return;
    isWoken = true;
    wake(late);
  }, 1);
  const stalled = { name: 'StallError', exitCode: 1, rank: 1, step: 1, phase: `after ${barrier}` };
  await assert.rejects(trainSmall(run, { faults: [late] }, ['parallel.stallSeconds=5']), stalled);
  clearInterval(watch);
  assert.ok(isWoken);
  const stopped = await openRun(run);
  assert.equal(stopped.latest?.step, 1);
  assert.deepEqual(await stopped.verify(), []);
  await trainSmall(run);
  await assertSameAsWhole(run, whole);
});

/** Whether the second checkpoint is being written: the one after the first is that of the stall. */
function isStallCommitted(run: string): boolean {
  const isFirstThere = existsSync(path.join(run, 'checkpoints/00000000'));
  const folder = temporaryFolder(run);
  return isFirstThere && existsSync(folder) && readdirSync(folder).some(name => name.startsWith('checkpoint'));
}
