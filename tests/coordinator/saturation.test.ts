import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config/readConfig.js';
import { patience, readRecentMetrics, SaturationWatch } from '../../src/coordinator/saturation.js';
import { train } from '../../src/coordinator/train.js';
import { openRun } from '../../src/store/index.js';
import { imageFile } from '../data/makeImages.js';

const healthy = { dLoss: 0.5, fakeSpread: 0.3 };
const won = { dLoss: 0.001, fakeSpread: 0.3 };
const alike = { dLoss: 0.5, fakeSpread: 0.001 };
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test('a loss near 0 is saturation only after long, is told once, and is over with one healthy step', () => {
  const watch = new SaturationWatch();
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
  const watch = new SaturationWatch(times(patience, won));
  const notes = times(patience, { ...alike, dLoss: 0 }).map(m => watch.note(m));
  assert.deepEqual(notes.at(-1), {
    saturation: 3,
    warning: 'all fakes have been alike for 100 steps: the generator makes one image of every noise',
  });
  assert.ok(notes.slice(0, -1).every(({ saturation, warning }) => saturation === 1 && warning === undefined));
});

test('a watch that is given the steps before goes on as one that saw them', () => {
  const steps = [...times(30, healthy), ...times(80, won), ...times(60, alike), ...times(150, { ...alike, dLoss: 0 })];
  const whole = new SaturationWatch();
  const expected = steps.map(m => whole.note(m));
  for (const cut of [1, 31, 120, 240, 300]) {
    const resumed = new SaturationWatch(steps.slice(Math.max(0, cut - patience), cut));
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
  assert.deepEqual(await losses(last), [...dLoss.slice(-patience)]);
  await rm(join(run.path, 'metrics/d_loss/0'));
  assert.deepEqual(await losses(last), [], 'metrics that cannot be read do not keep a run from being resumed');
});
