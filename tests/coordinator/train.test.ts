import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { resolveConfig } from '../../src/config/readConfig.js';
import { type TrainOptions, train } from '../../src/coordinator/train.js';
import { fingerprintOf } from '../../src/model/comparison/fingerprint.js';
import { referencePlan } from '../../src/model/plan.js';
import { openRun } from '../../src/store/index.js';
import type { Position, StepMetrics } from '../../src/store/records.js';
import { imageFile } from '../data/makeImages.js';
import { assertSameAsWhole, readRun } from './readRun.js';

const plan = referencePlan();

/** Two epochs of three steps. */
const small = [
  'data.source=mnist-10k',
  'data.limit=34',
  'training.batchSize=11',
  'training.epochs=2',
  'output.checkpointEvery=2',
  'output.sampleEvery=2',
  'output.keep=0',
  'parallel.workers=2',
];

let folder: string;
/** A run that nothing interrupted. */
let whole: string;
const told: [StepMetrics, Position][] = [];
const inFolder = (name: string) => path.join(folder, `${name}.zarr`);

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gan-dist-train-'));
  whole = inFolder('whole');
  const result = await trainSmall({ run: whole, onStep: (...step) => told.push(step) });
  assert.deepEqual(result, { run: whole, step: 6, stepsNow: 6, stopped: false });
});

after(() => rm(folder, { recursive: true, force: true }));

interface Session extends Omit<TrainOptions, 'config'> {
  run: string;
  set?: string[];
}

function trainSmall({ run, set = [], ...options }: Session) {
  const config = resolveConfig({ set: [...small, `output.run=${run}`, ...set], cwd: '/' });
  return train({ config, ...options });
}

/** What the sessions one after the other leave is what one run leaves, but for checkpoints where a session ended. */
async function assertSameInSessions(whole: string, run: string, set: string[], sessions: Omit<Session, 'run'>[]) {
  for (const session of sessions) {
    await trainSmall({ ifExists: 'resume', ...session, run, set: [...set, ...(session.set ?? [])] });
  }
  await assertSameAsWhole(run, await readRun(whole));
}

test('a run leaves metrics of every step, samples and checkpoints at their cadences and at its end', async () => {
  assert.deepEqual(
    told.map(([, position]) => position),
    [0, 1, 2, 3, 4, 5].map(step => ({ step, epoch: Math.floor(step / 3), batch: step % 3 })),
  );
  const run = await openRun(whole);
  assert.deepEqual(run.checkpoints, [0, 2, 3, 4, 6], 'the first, every second, the end of each epoch');
  assert.deepEqual(run.latest, { step: 6, epoch: 2, batch: 0 });
  const metrics = await run.readMetrics();
  assert.deepEqual([...metrics.step], [0, 1, 2, 3, 4, 5]);
  for (const name of ['dLoss', 'gLoss', 'dReal', 'dFake'] as const) {
    assert.deepEqual(
      [...metrics[name]],
      told.map(([step]) => step[name]),
    );
    assert.ok(
      metrics[name].every(value => value > 0.2 && value < 0.9),
      name,
    );
  }
  assert.ok(metrics.stepMs.every(ms => ms > 0));

  assert.deepEqual([...(await run.readSampleSteps())], [0, 2, 3, 5, 6], 'batches 0 and 2 of each epoch, and the end');
  const tensors = await run.readCheckpoint();
  assert.deepEqual([...tensors.keys()].sort(), plan.state.map(({ name }) => name).sort());
  assert.deepEqual(await run.verify(), []);
});

test('the grid shows the fakes of the step, the fixed sample the same noise at every step', async () => {
  const run = await openRun(whole);
  const [first, second] = [await run.readSample(0), await run.readSample(1)];
  assert.deepEqual([first.grid.height, first.grid.width], [4 * 28, 3 * 28], '11 images, three in a row');
  assert.ok(
    first.grid.pixels.subarray(-28).every(pixel => pixel === 127),
    'the twelfth cell is empty',
  );
  // Two steps of learning move a pixel by a few grey values; other noise would move it by tens.
  const meanChange = (a: Uint8Array, b: Uint8Array) => a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0) / a.length;
  const changes = [meanChange(first.fixed, second.fixed), meanChange(first.grid.pixels, second.grid.pixels)];
  assert.ok(changes[0]! > 0 && changes[0]! < changes[1]! / 2, `${changes}`);
});

test('a run that was stopped at its first step, at a checkpoint by a signal, at the end of an epoch and mid-epoch, and resumed with other numbers of workers, is the run that was not', async () => {
  const stop = new AbortController();
  await assertSameInSessions(
    whole,
    inFolder('parts'),
    [],
    [
      { steps: 1 },
      { signal: stop.signal, onStep: ({ step }) => step === 1 && stop.abort(), set: ['parallel.workers=3'] },
      { set: ['training.epochs=1', 'parallel.workers=1'] },
      { steps: 5, set: ['parallel.workers=8'] },
      {},
    ],
  );
  const { events } = (await openRun(inFolder('parts'))).attributes;
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'resumed').map(({ step }) => step),
    [1, 2, 3, 5],
  );
});

describe('so is one whose caller throws after a step: the step was done, and is not done again', () => {
  for (const last of [2, 5]) {
    test(`after step ${last}`, async () => {
      const enough = new Error('enough');
      const onStep = ({ step }: StepMetrics) => {
        if (step === last) throw enough;
      };
      const run = inFolder(`thrown after ${last}`);
      await assert.rejects(trainSmall({ run, onStep }), enough);
      assert.equal((await openRun(run)).latest?.step, last + 1);
      await assertSameInSessions(whole, run, [], [{}]);
      const { events } = (await openRun(run)).attributes;
      const changes = events.filter(({ kind }) => kind === 'config');
      assert.deepEqual(changes, [], 'resumed as it was');
    });
  }
});

test('a run that is done but whose last checkpoint is damaged is mended by resume', async () => {
  const run = inFolder('mended');
  await cp(whole, run, { recursive: true });
  const file = path.join(run, 'checkpoints/00000006/generator/conv_1/bias/0');
  const bytes = await readFile(file);
  bytes[7]! ^= 1;
  await writeFile(file, bytes);
  // Nothing is to be done until step 4, so nothing is touched.
  const nothing = { run, step: 6, stepsNow: 0, stopped: false };
  assert.deepEqual(await trainSmall({ run, ifExists: 'resume', steps: 4 }), nothing);
  assert.equal((await openRun(run)).latest?.step, 6);
  const events: string[] = [];
  const result = await trainSmall({ run, ifExists: 'resume', onEvent: (_kind, message) => events.push(message) });
  assert.deepEqual(result, { run, step: 6, stepsNow: 2, stopped: false });
  assert.match(
    events.join('\n'),
    /^checkpoint 6 is damaged \(.*bias.*\) and was deleted; the run goes back to checkpoint 4, and does steps 4 to 5 again$/m,
  );
  assert.match(events.join('\n'), /^done again after checkpoint 4: 2 steps \(steps 4 to 5\)$/m);
  assert.deepEqual(await readRun(run), await readRun(whole));
});

test('a run with shuffle and two turns of D can be stopped and resumed too', async () => {
  const set = ['training.shuffle=true', 'training.discriminatorSteps=2', 'output.checkpointEvery=100'];
  const run = inFolder('shuffled');
  await trainSmall({ run, set });
  await assertSameInSessions(run, inFolder('shuffled parts'), set, [{ steps: 4 }, { set: ['parallel.workers=1'] }]);
  const [shuffled, inOrder] = [await readRun(run), await readRun(whole)];
  assert.notEqual(shuffled.metrics.dReal[0], inOrder.metrics.dReal[0], 'a shuffled batch has other images');
});

test('the fingerprint of a step is that of the state after it', async () => {
  for (const name of ['whole', 'shuffled']) {
    const run = await openRun(inFolder(name));
    const { fingerprint } = await run.readMetrics();
    assert.equal(new Set(fingerprint).size, 6);
    for (const step of run.checkpoints.slice(1)) {
      const tensors = [...(await run.readCheckpoint(step)).values()];
      assert.equal(fingerprint[step - 1], fingerprintOf(tensors.map(({ data }) => data)), `${name}, step ${step}`);
    }
  }
});

test('a run that diverges keeps the steps before, and diverges again when it is resumed', async () => {
  const run = inFolder('diverged');
  const set = ['training.learningRate=3e37', 'output.checkpointEvery=100'];
  const diverged = {
    name: 'DivergenceError',
    step: 1,
    network: 'generator',
    message:
      'training diverged: in step 1 the loss of the generator is not finite. The step was not kept. Start a new run with a smaller training.learningRate, or with other data',
  };
  await assert.rejects(trainSmall({ run, set }), diverged);
  const before = await readRun(run);
  assert.deepEqual(
    [[...before.checkpoints.keys()], before.metrics.step, before.latest?.step],
    [[0, 1], Int32Array.of(0), 1],
  );
  await assert.rejects(trainSmall({ run, set, ifExists: 'resume' }), diverged);
  assert.deepEqual(await readRun(run), before);
});

test('retention keeps the newest checkpoints, and every third', async () => {
  const run = inFolder('kept');
  await trainSmall({ run, set: ['output.checkpointEvery=1', 'output.keep=2', 'output.keepEvery=3'], steps: 5 });
  assert.deepEqual((await openRun(run)).checkpoints, [0, 3, 4, 5]);
});

test('a signal that is there before the first step leaves the initial state, and a run that is over stays as it is', async () => {
  const run = inFolder('stopped');
  const stopped = await trainSmall({ run, signal: AbortSignal.abort() });
  assert.deepEqual(stopped, { run, step: 0, stepsNow: 0, stopped: true });
  const before = await readRun(run);
  assert.deepEqual([...before.checkpoints.keys()], [0]);
  const over = await trainSmall({ run, steps: 0, ifExists: 'resume' });
  assert.deepEqual(over, { run, step: 0, stepsNow: 0, stopped: false });
  assert.deepEqual(await readRun(run), before);
});

test('a run of no steps is its initial state and what that shows', async () => {
  const run = inFolder('none');
  await trainSmall({ run, steps: 0 });
  const { checkpoints, samples } = await readRun(run);
  assert.deepEqual([...checkpoints.keys()], [0]);
  assert.deepEqual(samples, [(await readRun(whole)).samples[0]]);
});

test('a resumed run cannot change what would change its numbers, and no run is written over', async () => {
  const before = await readRun(whole);
  await assert.rejects(trainSmall({ run: whole, ifExists: 'resume', set: ['training.seed=2', 'parallel.slices=4'] }), {
    name: 'ConfigError',
    path: 'training.seed',
    message:
      'a resumed run cannot change training.seed (1 in the run, 2 now), parallel.slices (8 in the run, 4 now): its numbers would not be those of one run; leave it as it was, or start a new run (another --run, or --overwrite)',
  });
  await assert.rejects(trainSmall({ run: whole }), { name: 'StoreError' });
  assert.deepEqual(await readRun(whole), before);
});

test('a run trains on images of one’s own, and not on others when it is resumed', async () => {
  const run = inFolder('own');
  const file = path.join(folder, 'images', 'train-images-idx3-ubyte.gz');
  const set = ['data.source=idx', `data.dir=${path.dirname(file)}`];
  await mkdir(path.dirname(file));
  await writeFile(file, gzipSync(imageFile(34)));
  await trainSmall({ run, set, steps: 1 });
  const { dReal } = await (await openRun(run)).readMetrics();
  assert.ok(dReal[0]! > 0.2 && dReal[0]! < 0.9);

  await writeFile(file, gzipSync(imageFile(35)));
  await assert.rejects(trainSmall({ run, set, ifExists: 'resume' }), error => {
    assert.equal((error as Error).name, 'DataError');
    assert.match((error as Error).message, /^.*own\.zarr was trained on other images: their SHA-256 is [0-9a-f]{64}, /);
    return true;
  });
  await assert.rejects(trainSmall({ run: inFolder('large'), set: [...set, 'training.batchSize=36'] }), {
    name: 'ConfigError',
    path: 'training.batchSize',
  });
});
