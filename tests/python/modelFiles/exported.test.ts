/** Exported models in Keras and in the safetensors package, and a Keras DCGAN that comes back. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resolveConfig } from '../../../src/config/readConfig.js';
import { streams, uniform } from '../../../src/model/philox.js';
import { referencePlan } from '../../../src/model/plan.js';
import { reference } from '../../../src/model/presets.js';
import type { FloatType } from '../../../src/modelFiles/foundTensors.js';
import { readHdf5 } from '../../../src/modelFiles/hdf5.js';
import { limitsOf } from '../../../src/modelFiles/limits.js';
import { readModel } from '../../../src/modelFiles/readModel.js';
import { decodeSafetensors } from '../../../src/modelFiles/safetensors.js';
import { toFloat32 } from '../../../src/modelFiles/toFloat32.js';
import { createRun, openRun, type Run } from '../../../src/store/index.js';
import { drawImages, scoreImages } from '../../cli/plainModel.js';
import { makeTemporaryFolder, runWell } from '../../cli/program.js';
import { findDifferent, someState } from '../../modelFiles/someState.js';
import { packageRoot } from '../../packageRoot.js';
import { asState } from '../../store/testRuns.js';
import { findPython, runPython } from '../environment.js';

const folder = makeTemporaryFolder();
const place = (name: string) => path.join(folder, name);
let run: Run;

before(async () => {
  const config = resolveConfig({ flags: { 'output.run': place('small.zarr') }, cwd: folder });
  const description = { config: { ...config }, data: { count: 64 }, engine: {}, batchSize: 32, model: reference };
  const writer = await createRun(place('small.zarr'), description, { keep: 0 });
  await writer.commitCheckpoint({ step: 0, epoch: 0, batch: 0 }, asState(someState().values()));
  await writer.close();
  run = await openRun(place('small.zarr'));
  runWell(folder, 'export', 'small.zarr', '--format', 'npz');
});

test('Keras loads both networks with every tensor and velocity bit by bit, and draws and judges the same to 1e-5', async () => {
  runWell(folder, 'export', 'small.zarr', '--format', 'keras');
  const count = 4;
  writeFileSync(place('noise'), uniform(7, streams.generate, 0, count * 100));
  await runPython('modelFiles/load_keras.py', place('small-0-keras'), place('noise'), place('made.npz'));
  const tensors = await run.readCheckpoint();
  const made = await readArrays('made.npz');
  const [images, scores] = [made.get('images')!, made.get('scores')!];
  made.delete('images');
  made.delete('scores');
  assert.deepEqual(findDifferent(made, tensors), []);
  const expected = drawImages(tensors, 7, count);
  assert.deepEqual(images.shape, [count, 28, 28, 1]);
  assertClose(images.data, expected);
  assertClose(
    scores.data,
    scoreImages(tensors, expected).map(logit => 1 / (1 + Math.exp(-logit))),
  );
});

test('the safetensors package loads every tensor bit by bit, and says which checkpoint of which run it is', async () => {
  runWell(folder, 'export', 'small.zarr', '--format', 'safetensors');
  const files = [place('small-0.npz'), place('small-0.safetensors')];
  const { stdout } = await runPython('modelFiles/compare_safetensors.py', ...files);
  const { config, ...about } = JSON.parse(stdout);
  const { runId } = run.attributes;
  assert.deepEqual(about, { tensors: 38, program: 'gan-dist', runId, step: '0', epoch: '0', batch: '0' });
  assert.deepEqual(JSON.parse(config), run.config);
});

test('a DCGAN that Keras saved, with layers of its own making, is read bit by bit with the velocities that there are', async () => {
  mkdirSync(place('classic'));
  await runPython('modelFiles/save_keras.py', place('small-0.npz'), place('classic'));
  const { tensors, notes } = await readModel(referencePlan(), place('classic'));
  const expected = await run.readCheckpoint();
  for (const [name, tensor] of expected) {
    if (name.startsWith('velocity/generator/')) tensor.data.fill(0);
    assert.ok(
      name.includes('conv_2/bias') || name.startsWith('velocity/generator/') || tensor.data.some(value => value !== 0),
    );
  }
  assert.deepEqual(findDifferent(new Map(tensors.map(tensor => [tensor.name, tensor])), expected), []);
  assert.deepEqual(notes, [
    'the generator was saved with an SGD without momentum: nothing of that is taken',
    'there are no velocities of the generator: they start at 0',
  ]);
});

test('every pattern of the narrow types, and numbers in other orders, are to the bit what NumPy reads', async () => {
  await runPython('modelFiles/save_numbers.py', folder);
  const expected = await readArrays('expected.npz');
  const files = [
    await readTensors('numbers.npz'),
    decodeSafetensors(readFileSync(place('numbers.safetensors')), 'FILE'),
    await readHdf5(readFileSync(place('numbers.h5')), 'FILE', limitsOf(referencePlan()), file => {
      const names = file.namesIn('').filter(name => name !== 'rarely_packed');
      return new Map(names.map(name => [name, file.readTensor(name)!]));
    }),
  ];
  assert.deepEqual(
    files.map(({ size }) => size),
    [12, 5, 12],
  );
  for (const file of files) {
    for (const [name, { shape, type, bytes }] of file) {
      const { shape: expectedShape, data } = expected.get(name)!;
      assert.deepEqual(shape, expectedShape, name);
      // A NaN is one, whichever of its bits are set.
      const isSame = toFloat32(bytes, type as FloatType).every((value, i) => Object.is(value, data[i]));
      assert.ok(isSame, name);
    }
  }
});

test('HDF5 that this library cannot unpack is refused: there would be whatever was in memory', async () => {
  const bytes = readFileSync(place('numbers.h5'));
  const read = () => readHdf5(bytes, 'FILE', limitsOf(referencePlan()), file => file.readTensor('rarely_packed'));
  await assert.rejects(read, {
    name: 'DataError',
    message: "FILE is damaged or no HDF5: /rarely_packed: required filter 'lzf' is not registered",
  });
});

test('the Python examples of docs/export.md run as they are', async () => {
  const page = readFileSync(new URL('docs/export.md', packageRoot), 'utf8').replaceAll('mnist-468', 'small-0');
  const examples = Array.from(page.matchAll(/```python\n([\s\S]*?)```/g), ([, example]) => example);
  const scripts = new URL('tests/python/modelFiles/', packageRoot);
  const python = await findPython(new URL('requirements.txt', scripts));
  const output = execFileSync(python, ['-W', 'error', '-c', ['import keras_on_numpy', ...examples].join('\n')], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: fileURLToPath(scripts), PYTHONDONTWRITEBYTECODE: '1' },
  });
  assert.equal(output, '(5, 5, 128, 64)\n(5, 5, 128, 64)\n(4, 28, 28, 1) (4, 1)\n');
});

async function readTensors(name: string) {
  const { decodeNpz } = await import('../../../src/modelFiles/npz.js');
  const { openZip } = await import('../../../src/modelFiles/zip.js');
  return decodeNpz(openZip(readFileSync(place(name)), name, 2 ** 29), name);
}

/** The float32 arrays of an `.npz`, by name. */
async function readArrays(name: string) {
  return new Map(
    Array.from(await readTensors(name), ([name, { shape, type, bytes }]) => {
      assert.equal(type, 'float32', name);
      return [name, { name, shape, data: new Float32Array(new Uint8Array(bytes).buffer) }];
    }),
  );
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  const largest = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0);
  assert.ok(largest <= 1e-5, `largest difference: ${largest}`);
}
