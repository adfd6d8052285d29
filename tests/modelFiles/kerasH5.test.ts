/** Models and weights in HDF5, as three versions of Keras have saved them (tests/fixtures/keras). */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { planModel } from '../../src/model/plan.js';
import { writeHdf5 } from '../../src/modelFiles/hdf5.js';
import { decodeKerasH5 } from '../../src/modelFiles/kerasH5.js';
import { readModel } from '../../src/modelFiles/readModel.js';
import { small } from '../model/otherModels.js';
import { packageRoot } from '../packageRoot.js';
import { findDifferent, someState } from './someState.js';

const folder = mkdtempSync(path.join(tmpdir(), 'gan-dist-h5-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const plan = planModel(small);
const state = someState(plan);

/** A fixture, unpacked. */
function unpack(name: string): string {
  const from = fileURLToPath(new URL(`tests/fixtures/keras/${name}`, packageRoot));
  const to = path.join(folder, name);
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from))
    writeFileSync(path.join(to, file.replace(/\.gz$/, '')), gunzipSync(readFileSync(path.join(from, file))));
  return to;
}

async function read(name: string) {
  const model = await readModel(plan, unpack(name));
  const different = findDifferent(new Map(model.tensors.map(tensor => [tensor.name, tensor])), state);
  return { ...model, different };
}

for (const name of ['2.15.0/nesterov-decay.h5', '3.4.1/nesterov-scaled.h5']) {
  test(`${name}, a whole model, is read bit by bit with its velocities, and what was taken for what is known`, async () => {
    const { different, notes, matches } = await read(name);
    assert.deepEqual([different, notes], [[], []]);
    assert.deepEqual(
      matches.map(({ to }) => to),
      plan.tensors.map(tensor => tensor.name),
    );
    assert.match(matches[0]!.from, /dense\w*\/kernel/);
  });
}

test('a whole model in bfloat16 is exact, and says so, also where Keras notes no type beside its bytes', async () => {
  const { tensors, notes } = await read('3.15.1/bfloat16_nesterov.h5');
  assert.deepEqual(notes, ['bfloat16 became float32, exactly']);
  for (const { name, data } of tensors)
    assert.ok(
      data.every((value, i) => Math.abs(value - state.get(name)!.data[i]!) <= 2 ** -8 * Math.abs(value)),
      name,
    );
});

const velocities = [...state.keys()].filter(name => name.startsWith('velocity/'));
const still = 'there are no velocities: they start at 0';
const assumed =
  "a file of weights says nothing of activations, padding and the like: they are taken to be this model's";
for (const [name, first, notes] of [
  ['2.15.0/none.old.h5', 'dense/dense/kernel:0', [assumed, still]],
  ['3.4.1/none.weights.h5', 'layers/dense/vars/0', [assumed, still]],
  [
    '2.15.0/nesterov.weights.h5',
    'layers/dense/vars/0',
    [assumed, 'a file of weights does not say of which optimizer it has variables: none are taken', still],
  ],
] as const) {
  test(`${name}, weights alone, is read as Keras reads it, and what it does not say is said`, async () => {
    const { different, notes: said, matches } = await read(name);
    assert.deepEqual([different, said], [velocities, notes]);
    assert.deepEqual([matches.length, matches[0]!.from.replace(/_\d+/g, '')], [16, first]);
  });
}

const numbers = (shape: readonly number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
const decode = async (datasets: Record<string, readonly number[]>) => {
  const bytes = await writeHdf5(new Map(Object.entries(datasets).map(([name, shape]) => [name, numbers(shape)])));
  return decodeKerasH5(bytes, plan, 'discriminator', 'FILE');
};

test('weights of a model with attributes for layers are known by shapes, in whatever order', async () => {
  const { matches, notes } = await decode({
    'out/vars/0': [6, 1],
    'out/vars/1': [1],
    'body/hidden/vars/0': [20, 6],
    'body/hidden/vars/1': [6],
    'body/filter/vars/0': [5, 5, 1, 5],
    'body/filter/vars/1': [5],
    'optimizer/vars/0': [5],
  });
  assert.deepEqual(
    matches!.map(({ from, to }) => `${from} ${to}`),
    [
      'body/filter/vars/0 discriminator/conv_1/kernel',
      'body/filter/vars/1 discriminator/conv_1/bias',
      'body/hidden/vars/0 discriminator/dense_1/kernel',
      'body/hidden/vars/1 discriminator/dense_1/bias',
      'out/vars/0 discriminator/dense_2/kernel',
      'out/vars/1 discriminator/dense_2/bias',
    ],
  );
  assert.deepEqual(notes, [
    "tensors of the discriminator were matched by names and shapes; activations, padding, batch norm's epsilon (PyTorch's is another) and what else such a file does not say are taken to be this model's",
    'a file of weights does not say of which optimizer it has variables: none are taken',
  ]);
});

test('other weights are refused with both sides, and an HDF5 of whatever else too', async () => {
  await assert.rejects(decode({ 'layers/dense/vars/0': [7, 7] }), {
    name: 'DataError',
    message:
      /^FILE does not fit this model: [^\n]+\n {2}in the file +in the model\n {2}layers\/dense\/vars\/0 \[7,7\] +discriminator/,
  });
  await assert.rejects(decode({}), { name: 'DataError', message: /^FILE does not fit this model: / });
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`a${i}`, [1]]));
  await assert.rejects(decode(many), { message: 'FILE has 1001 tensors: that is no model' });
});
