import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { reference } from '../../../src/model/presets.js';
import { createRun, openRun, openRunToWrite } from '../../../src/store/index.js';
import { imageFile } from '../../data/makeImages.js';
import { asState } from '../../store/testRuns.js';
import { assertFails, makeSmallRun, makeTemporaryFolder, runProgram, runWell } from '../program.js';

const folder = makeTemporaryFolder();
let run: string;

before(() => {
  run = makeSmallRun(folder);
});

const metricsToo = ' and losses, means and fingerprint of every step';
const sameEngine = 'engine and processor: those of the run\n';

interface Forgery {
  engine?: Record<string, unknown>;
  /** Of the event that another engine goes on from step 1. */
  engineFromStep1?: Record<string, unknown>;
  /** Changes a tensor of the last checkpoint, or of both. */
  tensor?: { name: string; change: (value: number) => number; inBoth?: boolean };
  /** Added to D's loss of step 1. */
  dLoss?: number;
}

/** A run that claims to be `small.zarr`, and is whole in every file. Its checkpoints are 1 and 2: none of step 0. */
async function forge(name: string, { engine = {}, engineFromStep1, tensor, dLoss = 0 }: Forgery): Promise<void> {
  const original = await openRun(run);
  const { config, data } = original.attributes;
  const description = {
    config,
    data,
    engine: { ...original.attributes.engine, ...engine },
    batchSize: 32,
    model: reference,
  };
  const writer = await createRun(path.join(folder, name), description, { keep: 0 });
  if (engineFromStep1) {
    const here = { ...original.attributes.engine, ...engineFromStep1 };
    writer.appendEvent({ step: 1, time: new Date().toISOString(), kind: 'engine', message: '', engine: here });
  }
  const metrics = await original.readMetrics();
  for (const step of [0, 1]) {
    const row = Object.entries(metrics).map(([key, values]) => [key, values[step]]);
    const claimed = Object.fromEntries(row);
    writer.appendMetrics({ ...claimed, dLoss: claimed.dLoss + (step === 1 ? dLoss : 0) });
    const tensors = await original.readCheckpoint(step + 1);
    if (tensor && (step === 1 || tensor.inBoth))
      tensors.set(tensor.name, changed(tensors.get(tensor.name)!, tensor.change));
    await writer.commitCheckpoint({ step: step + 1, epoch: step, batch: 1 - step }, asState(tensors.values()));
  }
  await writer.close();
}

const changed = <Tensor extends { data: Float32Array }>(tensor: Tensor, change: (value: number) => number): Tensor => ({
  ...tensor,
  data: tensor.data.map(change),
});

test('a stretch from a checkpoint, and the whole run from the seed alone, are bit-equal with any workers', async () => {
  const finding = `bit-equal: 38 tensors of checkpoint 2${metricsToo}\n${sameEngine}`;
  assert.equal(runWell(folder, 'replay', 'small.zarr', '--from=1', '--to=2', '--workers=1'), finding);
  await forge('kept.zarr', {});
  assert.deepEqual((await openRun(path.join(folder, 'kept.zarr'))).checkpoints, [1, 2]);
  assert.equal(runWell(folder, 'replay', 'kept.zarr', '--from=0', '--to=2', '--workers=3'), finding);
});

test('the last bit of one weight that the config does not give is found', async () => {
  const name = 'discriminator/dense_2/bias';
  await forge('weight.zarr', { tensor: { name, change: value => value * (1 + 2 ** -23) } });
  const { status, stdout } = runProgram(folder, 'replay', 'weight.zarr', '--from=1', '--to=2');
  const finding = `different: ${name} is the first tensor of checkpoint 2 that is not what was computed`;
  assert.deepEqual([status, stdout], [1, `${finding}\n${sameEngine}`]);
});

test('a checkpoint that is not the state whose fingerprint is known is no start for a proof', async () => {
  const change = (value: number) => value + 0.5;
  await forge('start.zarr', { tensor: { name: 'discriminator/dense_2/bias', change, inBoth: true } });
  const { status, stdout } = runProgram(folder, 'replay', 'start.zarr', '--from=1', '--to=2');
  const finding = "different: checkpoint 1 is not the state whose fingerprint the run's metrics hold";
  assert.deepEqual([status, stdout], [1, `${finding}\n${sameEngine}`]);
});

test('numbers that are not finite here are not those of a run that goes on', async () => {
  const change = () => Number.MAX_VALUE;
  await forge('diverges.zarr', { tensor: { name: 'velocity/generator/dense_1/kernel', change, inBoth: true } });
  await rm(path.join(folder, 'diverges.zarr/metrics/fingerprint/0'));
  const { status, stdout, stderr } = runProgram(folder, 'replay', 'diverges.zarr', '--from=1', '--to=2');
  assert.equal(status, 1);
  assert.match(stdout, /^different: step 1 gives numbers that are not finite \(generator\/dense_1\/kernel\)\n/);
  assert.match(stderr, /fingerprint.*; the metrics are not compared\n/);
});

test('a loss that the config does not give is found, and named by its step', async () => {
  await forge('loss.zarr', { dLoss: 1e-6 });
  const { status, stdout } = runProgram(folder, 'replay', 'loss.zarr', '--from=0', '--to=2');
  assert.equal(status, 1);
  assert.match(stdout, /^different: dLoss of step 1 is 0\.\d+ in the run, 0\.\d+ here\n/);
});

test('metrics that were lost, or are damaged now, are not compared, and that is said', async () => {
  await forge('damaged.zarr', {});
  const store = path.join(folder, 'damaged.zarr');
  const file = path.join(store, 'metrics/fingerprint/0');
  const bytes = readFileSync(file);
  bytes[0]! ^= 1;
  writeFileSync(file, bytes);
  const replayed = () => runProgram(folder, 'replay', 'damaged.zarr', '--from=1', '--to=2');
  const damaged = replayed();
  assert.deepEqual(
    [damaged.status, damaged.stdout],
    [0, `bit-equal: 38 tensors of checkpoint 2; its metrics could not be compared\n${sameEngine}`],
  );
  const why = `${file} is damaged: it does not match its SHA-256`;
  assert.ok(damaged.stderr.includes(`${why}; the metrics are not compared\n`), damaged.stderr);

  await (await openRunToWrite(store, { keep: 0 })).writer.close();
  const lost = replayed();
  assert.equal(lost.status, 0, lost.stdout);
  const told = 'metrics/fingerprint of steps 0 to 1 is lost: it reads as 0; the metrics are not compared\n';
  assert.ok(lost.stderr.includes(told), lost.stderr);
});

test('what another processor computed is equal within its rounding', async () => {
  const tensor = { name: 'generator/conv_1/kernel', change: (value: number) => value * (1 + 2e-5) };
  await forge('elsewhere.zarr', { engine: { cpu: 'A processor of theirs' }, tensor, dLoss: 1e-6 });
  const { status, stdout } = runProgram(folder, 'replay', 'elsewhere.zarr', '--from=0', '--to=2');
  assert.equal(status, 0);
  const [answer, engine] = stdout.split('\n');
  assert.match(
    answer!,
    /^equal within 0\.00002: every parameter, as a share of its norm or its kernel’s, the larger; velocities within 0; losses within 0\.000001$/,
  );
  assert.match(engine!, /^processor: A processor of theirs in the run, .+ here$/);
});

test('only the engines of the stretch count', async () => {
  await forge('moved.zarr', { engine: { cpu: 'theirs' }, engineFromStep1: {} });
  const last = runWell(folder, 'replay', 'moved.zarr', '--from=1', '--to=2');
  assert.equal(last, `bit-equal: 38 tensors of checkpoint 2${metricsToo}\n${sameEngine}`);
  const all = runWell(folder, 'replay', 'moved.zarr', '--from=0', '--to=2');
  assert.match(all, /^bit-equal: .*\nprocessor: theirs in the run, .+ here\n$/);
  await forge('returned.zarr', { engineFromStep1: { cpu: 'theirs' } });
  const begun = runWell(folder, 'replay', 'returned.zarr', '--from=0', '--to=1');
  assert.match(begun, /^bit-equal: .*\nengine and processor: those of the run\n$/);
  assert.match(runWell(folder, 'replay', 'returned.zarr', '--from=1', '--to=2'), /^processor: theirs in the run/m);
});

test('on another processor too, what rounding does not explain is different', async () => {
  const tensor = { name: 'generator/conv_1/kernel', change: (value: number) => value * 1.002 };
  await forge('false.zarr', { engine: { tensorflow: '2.99.0' }, tensor });
  const { status, stdout } = runProgram(folder, 'replay', 'false.zarr', '--from=1', '--to=2');
  assert.equal(status, 1);
  assert.match(stdout, /^different: generator\/conv_1\/kernel differs by 0\.0\d+ where 0\.0\d+ is allowed, /);
  assert.match(stdout, /^TensorFlow: 2\.99\.0 in the run, 2\.\d+\.\d+ here$/m);
});

test('without the images nothing can be said here', () => {
  mkdirSync(path.join(folder, 'images'));
  writeFileSync(path.join(folder, 'images/train-images-idx3-ubyte'), imageFile(8));
  const settings = ['--set=data.source=idx', '--set=data.dir=images', '--set=training.batchSize=8'];
  runWell(folder, 'train', '--run=own.zarr', '--steps=1', ...settings);
  const { status, stdout } = runProgram(folder, 'replay', 'own.zarr', '--from=0', '--to=1', '--data-dir=none');
  assert.equal(status, 1);
  const finding = `not testable here: no IDX file of training images was found in ${path.join(folder, 'none')}: there is no such folder`;
  assert.ok(stdout.startsWith(finding), stdout);
});

test('steps that cannot be compared are refused', () => {
  assertFails(folder, ['replay', run, '--from=2', '--to=1'], 2, '--from must be before --to, found 2 and 1');
  const missing = `${run} has no checkpoint of step 5; it has 0, 1, 2`;
  assertFails(folder, ['replay', run, '--from=1', '--to=5'], 1, missing);
});
