import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config/readConfig.js';
import { memory, patience, readRecentMetrics, SaturationWatch } from '../../src/coordinator/saturation.js';
import { train } from '../../src/coordinator/train.js';
import { openRun } from '../../src/store/index.js';
import { imageFile } from '../data/makeImages.js';

const healthy = { dLoss: 0.5, gLoss: 1.2, fakeSpread: 0.3 };
const won = { ...healthy, dLoss: 0.001 };
const alike = { ...healthy, fakeSpread: 0.001 };
const wildD = { ...healthy, dLoss: 25 };
const wildG = { ...healthy, gLoss: 50_000 };
const settings = { learningRate: 0.001, momentum: 0.9, batchSize: 128 };
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test('a loss near 0 is saturation only after long, is told once, and is over with one healthy step', () => {
  const watch = new SaturationWatch(settings);
  const notes = [...times(patience - 1, won), healthy, ...times(patience + 5, won), healthy].map(m => watch.note(m));
  const expected = [...times(patience + patience - 1, 0), ...times(6, 1), 0];
  assert.deepEqual(
    notes.map(({ saturation }) => saturation),
    expected,
  );
  const told = notes.flatMap(({ warning }, step) => (warning === undefined ? [] : [{ step, warning }]));
  assert.deepEqual(told, [
    {
      step: 2 * patience - 1,
      warning:
        "the discriminator's loss has been below 0.01 for 100 steps: it is always right, and the generator learns next to nothing from it",
    },
  ]);
});

test('fakes that are alike are told, also beside a loss near 0', () => {
  const watch = new SaturationWatch(settings, times(patience, won));
  const notes = times(patience, { ...alike, dLoss: 0 }).map(m => watch.note(m));
  assert.deepEqual(notes.at(-1), {
    saturation: 3,
    warning: 'all fakes have been alike for 100 steps: the generator makes one image of every noise',
  });
  assert.ok(notes.slice(0, -1).every(({ saturation, warning }) => saturation === 1 && warning === undefined));
});

test('a game that has run away is told once, with what usually helps, and spikes are no such game', () => {
  const watch = new SaturationWatch({ learningRate: Math.fround(0.1), momentum: Math.fround(0.99), batchSize: 16 });
  // Losses of the two that take turns; a healthy step between them does not make the game healthy.
  const wild = times(30, [wildD, wildG, healthy]).flat();
  const notes = [...times(patience, healthy), ...times(patience / 2, wildG), ...times(patience, healthy), ...wild].map(
    m => watch.note(m),
  );
  const told = notes.flatMap(({ warning }, step) => (warning === undefined ? [] : [{ step, warning }]));
  // After 76 of the last wild steps, 51 of a hundred are above 10; half of them were not enough.
  assert.deepEqual(told, [
    {
      step: 2.5 * patience + 75,
      warning:
        'the game has run away: in most of the last 100 steps a loss was above 10 nats, where guessing costs 0.69. More steps seldom bring it back; what usually helps is a new run with a smaller training.learningRate (it is 0.1; 0.001 is the default); then with training.momentum=0.9 (it is 0.99) and larger batches (training.batchSize is 16)',
    },
  ]);
  assert.equal(notes[told[0]!.step - 1]!.saturation, 0);
  assert.equal(notes.at(-1)!.saturation, 4);
});

test('codes add up: a game that has run away while D is always right has both', () => {
  const watch = new SaturationWatch(settings, times(patience - 1, { ...wildG, dLoss: 0 }));
  const { saturation, warning } = watch.note({ ...wildG, dLoss: 0 });
  assert.equal(saturation, 5);
  assert.match(warning!, /^the discriminator's loss has been below .*; the game has run away: .* is the default\)$/);
});

test('a watch that is given the steps before goes on as one that saw them', () => {
  const steps = [
    ...[...times(30, healthy), ...times(80, won), ...times(60, alike), ...times(150, { ...alike, dLoss: 0 })],
    // Around half of the steps, so that the code comes and goes.
    ...[...times(51, wildG), ...times(60, healthy), ...times(20, wildD), ...times(25, healthy), ...times(90, wildD)],
  ];
  const whole = new SaturationWatch(settings);
  const expected = steps.map(m => whole.note(m));
  for (let cut = 1; cut < steps.length; cut++) {
    const resumed = new SaturationWatch(settings, steps.slice(Math.max(0, cut - memory), cut));
    assert.deepEqual(
      steps.slice(cut).map(m => resumed.note(m)),
      expected.slice(cut),
    );
  }
});

test('a run whose D has won says so, in its metrics and events, also when it was resumed on the way', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'gan-dist-saturation-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const last = 125;
  // Chequered images: nothing that a generator draws is like them. One epoch, as each ends with a checkpoint.
  const images = imageFile(2 * last);
  for (let i = 0; i < 2 * last * 784; i++) images[16 + i] = ((i % 28) + Math.floor(i / 28)) % 2 === 0 ? 0 : 255;
  await writeFile(join(folder, 'train-images-idx3-ubyte'), images);
  const config = resolveConfig({
    cwd: folder,
    set: [
      'data.source=idx',
      `data.dir=${folder}`,
      `output.run=${join(folder, 'run.zarr')}`,
      'training.batchSize=2',
      'training.epochs=1',
      'training.learningRate=0.02',
      'training.discriminatorSteps=2',
      'parallel.slices=1',
    ],
  });
  await train({ config, steps: 70 });
  const told: string[] = [];
  await train({ config, ifExists: 'resume', onEvent: (_kind, message) => told.push(message) });

  const run = await openRun(config.output.run);
  const { dLoss, saturation } = await run.readMetrics();
  assert.equal(dLoss.length, last);
  const lastHigh = dLoss.findLastIndex(loss => loss >= 0.01);
  assert.ok(lastHigh + patience < last, `D has not won: its loss was ${dLoss[lastHigh]} at step ${lastHigh}`);
  const expected = Array.from(dLoss, (_, step) => (step >= lastHigh + patience ? 1 : 0));
  assert.deepEqual(
    [...saturation].map(value => value & 1),
    expected,
  );
  const message =
    "the discriminator's loss has been below 0.01 for 100 steps: it is always right, and the generator learns next to nothing from it";
  assert.ok(told.includes(message));
  assert.ok(run.attributes.events.some(event => event.kind === 'saturation' && event.step === lastHigh + patience));

  const losses = async (step: number) => (await readRecentMetrics(run.path, step)).map(({ dLoss }) => dLoss);
  assert.deepEqual(await losses(30), [...dLoss.slice(0, 30)]);
  assert.deepEqual(await losses(last), [...dLoss.slice(-memory)]);
  await rm(join(run.path, 'metrics/d_loss/0'));
  assert.deepEqual(await losses(last), [], 'metrics that cannot be read do not keep a run from being resumed');
});
