/**
 * A run that commit e150d82 made (`npm run old-runs -- --write`), kept without the numbers of its
 * checkpoints: their hashes are in the manifests. It is read, its first state comes from the seed,
 * and it is gone on with, for good.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { openRun } from '../../src/index.js';
import { compareLosses, shareOf } from '../../src/model/comparison/closeness.js';
import { initialTensor } from '../../src/model/initial.js';
import { referencePlan } from '../../src/model/plan.js';
import { makeTemporaryFolder, runProgram } from '../cli/program.js';
import { packageRoot } from '../packageRoot.js';
import { unzipFolder } from '../zippedFolder.js';

const plan = referencePlan();

const folder = makeTemporaryFolder();
const run = join(folder, 'old.zarr');
const seed = 1;

before(async () => unzipFolder(await readFile(new URL('tests/fixtures/oldRun/run.zip.gz', packageRoot)), run));

test('its config is read', async () => {
  const { config } = await openRun(run);
  const { run: _, ...output } = config.output as Record<string, unknown>;
  assert.deepEqual(
    { ...config, output },
    {
      data: { source: 'mnist-10k' },
      training: {
        epochs: 30,
        batchSize: 32,
        seed,
        shuffle: false,
        discriminatorSteps: 1,
        learningRate: 0.001,
        momentum: 0.9,
      },
      parallel: { workers: 2, slices: 8, stallSeconds: 60, precision: 'float32' },
      output: { checkpointEvery: 3, sampleEvery: 100, keep: 0, keepGenerators: true },
    },
  );
});

test('its position, metrics and samples are read as they lie on the disk', async () => {
  const opened = await openRun(run);
  assert.deepEqual([opened.checkpoints, opened.latest, opened.steps], [[0, 3, 6], { step: 6, epoch: 0, batch: 6 }, 6]);
  const chunk = async (path: string) => Uint8Array.from(await readFile(join(run, path))).buffer;
  const floats = async (name: string) => new Float32Array(await chunk(`metrics/${name}/0`)).slice(0, 6);
  const metrics = await opened.readMetrics();
  assert.deepEqual(metrics, {
    step: Int32Array.of(0, 1, 2, 3, 4, 5),
    dLoss: await floats('d_loss'),
    gLoss: await floats('g_loss'),
    dReal: await floats('d_real'),
    dFake: await floats('d_fake'),
    fakeSpread: await floats('fake_spread'),
    saturation: new Uint8Array(6),
    fingerprint: new BigUint64Array(await chunk('metrics/fingerprint/0')).slice(0, 6),
    stepMs: await floats('step_ms'),
  });
  assert.deepEqual(await opened.readSampleSteps(), Int32Array.of(0, 6));
  for (const row of [0, 1]) {
    const { step, grid, fixed, histograms } = await opened.readSample(row);
    const picture = async (path: string) => new Uint8Array(inflateSync(await readFile(join(run, path))));
    assert.deepEqual([step, grid.height, grid.width], [row * 6, 7 * 28, 5 * 28]);
    assert.deepEqual(grid.pixels, await picture(`samples/grid/${row}.0.0`));
    assert.deepEqual(fixed, await picture(`samples/fixed/${row}.0.0.0`));
    // Every number of the model is in a bin.
    const count = plan.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    assert.equal(
      histograms!.counts.reduce((sum, bin) => sum + bin, 0),
      count,
    );
  }
});

test('the seed alone gives the files of its checkpoint 0, byte by byte', async () => {
  const attributes = JSON.parse(await readFile(join(run, 'checkpoints/00000000/.zattrs'), 'utf8'));
  const manifest = new Map(Object.entries(attributes.manifest as Record<string, { sha256: string; bytes: number }>));
  const chunks = [...manifest.keys()].filter(file => /\/[\d.]+$/.test(file));
  assert.deepEqual(
    chunks,
    plan.state.map(({ name, shape }) => `${name}/${shape.map(() => 0).join('.')}`),
  );
  for (const [place, spec] of plan.state.entries()) {
    // Velocities follow the model's tensors, and are zero at first.
    const size = spec.shape.reduce((a, b) => a * b);
    const data =
      place < plan.tensors.length ? initialTensor(seed, place, spec.shape, spec.initial) : new Float32Array(size);
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const file = chunks[place]!;
    const made = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    assert.deepEqual(made, manifest.get(file), file);
    await writeFile(join(run, 'checkpoints/00000000', file), bytes);
  }
  assert.deepEqual(await (await openRun(run)).verifyCheckpoint(0), []);
});

test('it goes on from checkpoint 0, says that the others are damaged, and computes the losses that it had', async () => {
  const { dLoss, gLoss } = await (await openRun(run)).readMetrics();
  const { status, stderr } = runProgram(folder, 'resume', 'old.zarr', '--steps=6', '--workers=2');
  assert.equal(status, 0, stderr);

  const now = await openRun(run);
  const told = now.attributes.events.filter(({ kind }) => ['damage', 'recovery', 'resumed'].includes(kind));
  const damage = (step: number) =>
    `checkpoint ${step} is damaged (${run}/checkpoints/0000000${step}/generator/dense_1/kernel/0.0 is missing) and was deleted; the run goes back to checkpoint 0, and does steps 0 to ${step - 1} again`;
  assert.deepEqual(
    told.map(({ kind, message }) => [kind, message]),
    [
      ['damage', damage(6)],
      ['damage', damage(3)],
      ['recovery', 'done again after checkpoint 0: 6 steps (steps 0 to 5)'],
      ['resumed', 'resumed at step 0 with 2 workers'],
    ],
  );
  for (const { message } of told) assert.ok(stderr.split('\n').includes(message), stderr);

  assert.deepEqual([now.checkpoints, now.steps], [[0, 3, 6], 6]);
  assert.deepEqual(await now.verify(), []);
  const again = await now.readMetrics();
  const steps = Array.from(again.step, step => ({ step, dLoss: again.dLoss[step]!, gLoss: again.gLoss[step]! }));
  // Another processor may round otherwise: how close is asked, and not the same bits.
  const wide = compareLosses(steps, { dLoss, gLoss }).filter(gap => shareOf(gap) > 1);
  assert.deepEqual([steps.length, wide], [6, []]);
});
