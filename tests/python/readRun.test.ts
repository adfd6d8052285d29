/** A run is read with zarr-python and xarray, as docs/store-format.md says, without a warning. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fingerprintOf, formatFingerprint } from '../../src/model/comparison/fingerprint.js';
import { histogramBins } from '../../src/model/histograms.js';
import { referencePlan } from '../../src/model/plan.js';
import { reference } from '../../src/model/presets.js';
import { sizeOf } from '../../src/model/shape.js';
import { createRun } from '../../src/store/index.js';
import { gridPixels } from '../../src/store/layout.js';
import { findPython, runPython } from './environment.js';

const plan = referencePlan();
const imageShape = reference.image;

const sha256 = (data: Uint8Array | Float32Array | Int32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

const tensors = plan.state.map((tensor, place) => ({
  ...tensor,
  // Zeros are in it: xarray must not mask them.
  data: new Float32Array(sizeOf(tensor.shape)).map((_, i) => ((i + place) % 7) / 8),
}));
const lastFingerprint = fingerprintOf(tensors.map(({ data }) => data));
const sample = (step: number) => {
  const grid = gridPixels(10, imageShape);
  return {
    step,
    grid: { ...grid, pixels: new Uint8Array(grid.height * grid.width).map((_, i) => i * (step + 1)) },
    fixed: new Uint8Array(64 * 784).map((_, i) => i + step),
    imageShape,
    histograms: {
      counts: new Int32Array(plan.tensors.length * histogramBins),
      range: new Float32Array(plan.tensors.length * 2),
    },
  };
};

let run = '';

before(async () => {
  await findPython();
  const folder = await mkdtemp(join(tmpdir(), 'gan-dist-python-'));
  run = join(folder, 'run.zarr');
  const description = {
    config: { training: { batchSize: 10 } },
    data: { source: 'mnist-10k' },
    engine: {},
    batchSize: 10,
    model: reference,
  };
  const writer = await createRun(run, description, { keep: 3, keepGenerators: true });
  for (let step = 0; step < 1500; step++) {
    writer.appendMetrics({
      step,
      dLoss: step / 4,
      gLoss: 0,
      dReal: 0.5,
      dFake: 0.25,
      fakeSpread: 0.4,
      saturation: 0,
      fingerprint: step === 1499 ? lastFingerprint : 2n ** 63n + BigInt(step),
      stepMs: 10,
    });
    if (step % 700 === 0) writer.appendSample(sample(step));
  }
  await writer.commitCheckpoint({ step: 1500, epoch: 1, batch: 0 }, tensors);
  await writer.close();
});

after(() => rm(join(run, '..'), { recursive: true }));

test('zarr-python and xarray read names, shapes, values and attributes', async () => {
  const answer = JSON.parse((await runPython('read_run.py', run)).stdout);
  assert.equal(answer.attributes.latest.batch, 0);
  assert.deepEqual(answer.attributes.config, { training: { batchSize: 10 } });
  const expected = Object.fromEntries(tensors.map(({ name, shape, data }) => [name, { shape, sha256: sha256(data) }]));
  assert.deepEqual(answer.tensors, expected);
  assert.deepEqual(Object.keys(answer.metrics), [
    'step',
    'd_loss',
    'g_loss',
    'd_real',
    'd_fake',
    'fake_spread',
    'saturation',
    'fingerprint',
    'step_ms',
  ]);
  assert.deepEqual(
    answer.metrics.step,
    Array.from({ length: 1500 }, (_, step) => step),
  );
  assert.deepEqual(
    answer.metrics.d_loss,
    Array.from({ length: 1500 }, (_, step) => step / 4),
  );
  // JSON's numbers are too short for 64 bits.
  assert.deepEqual(answer.fingerprints, [`${2n ** 63n}`, `${lastFingerprint}`]);
  assert.ok(
    answer.metrics.g_loss.every((value: number) => value === 0),
    'zeros are values, not gaps',
  );
  const samples = [0, 700, 1400].map(sample);
  const all = (part: (s: ReturnType<typeof sample>) => Uint8Array) => sha256(Buffer.concat(samples.map(part)));
  assert.deepEqual(answer.samples.grid, { shape: [3, 112, 84], sha256: all(s => s.grid.pixels) });
  assert.deepEqual(answer.samples.fixed, { shape: [3, 64, 28, 28], sha256: all(s => s.fixed) });
});

test('the Python examples of docs/store-format.md run, one after the other, and find the fingerprint', async () => {
  const docs = await readFile(new URL('../../../docs/store-format.md', import.meta.url), 'utf8');
  const examples = [...docs.matchAll(/```python\n([\s\S]*?)```/g)].map(([, example]) => example);
  assert.equal(examples.length, 2);
  const script = `${run}.example.py`;
  await writeFile(script, examples.join('\n').replaceAll('runs/mnist.zarr', run));
  const output = execFileSync(await findPython(), ['-W', 'error', script], { encoding: 'utf8' });
  assert.match(output, /^1500 /);
  assert.equal(output.split('\n').at(-2), formatFingerprint(lastFingerprint));
});
