/** What `export` writes is read back bit by bit; what is wrong with a file is told, tensor by tensor. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Network, networks } from '../../src/model/description.js';
import { referencePlan } from '../../src/model/plan.js';
import type { FoundTensors } from '../../src/modelFiles/foundTensors.js';
import { encodeKeras } from '../../src/modelFiles/keras.js';
import { encodeNpz } from '../../src/modelFiles/npz.js';
import { type ReadModel, readModel as readModelOf } from '../../src/modelFiles/readModel.js';
import { encodeSafetensors } from '../../src/modelFiles/safetensors.js';
import { takeTensors } from '../../src/modelFiles/takeTensors.js';
import { encodeTfjs } from '../../src/modelFiles/tfjs.js';
import type { Tensor } from '../../src/store/index.js';
import { findDifferent, someState } from './someState.js';

const folder = mkdtempSync(path.join(tmpdir(), 'gan-dist-models-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string) => path.join(folder, name);
const plan = referencePlan();
const readModel = (file: string, discriminator?: string) => readModelOf(plan, file, discriminator);
const state = someState();
const optimizer = { learningRate: 0.001, momentum: 0.9, iterations: 7 };

function write(name: string, bytes: Uint8Array): string {
  mkdirSync(path.dirname(place(name)), { recursive: true });
  writeFileSync(place(name), bytes);
  return place(name);
}

const writeKeras = async (name: string, network: Network) =>
  write(name, await encodeKeras(plan, network, state, optimizer));
const stateOf = ({ tensors }: ReadModel) => new Map(tensors.map(tensor => [tensor.name, tensor as Tensor]));
const without = (pattern: RegExp) => new Map([...state].filter(([name]) => !pattern.test(name)));
/** Without velocities, which may be absent: half the size. */
const parameters = without(/^velocity/);
const withTensor = (name: string, change: Partial<Tensor>) =>
  new Map([...parameters, [name, { ...state.get(name)!, ...change }]]);
const safetensors = (name: string, tensors: ReadonlyMap<string, Tensor>) => write(name, encodeSafetensors(tensors, {}));

test('safetensors and npz hold all 38 tensors, bit by bit', async () => {
  for (const file of [safetensors('all.safetensors', state), write('all.npz', encodeNpz(state))]) {
    const model = await readModel(file);
    assert.deepEqual(findDifferent(stateOf(model), state), [], file);
    assert.deepEqual(model.notes, []);
    assert.deepEqual(
      model.files.map(({ file }) => file),
      [file],
    );
  }
});

test('two .keras files by name hold all 38 tensors, bit by bit', async () => {
  const [generator, discriminator] = [
    await writeKeras('keras/generator.keras', 'generator'),
    await writeKeras('keras/discriminator.keras', 'discriminator'),
  ];
  const model = await readModel(generator, discriminator);
  assert.deepEqual(findDifferent(stateOf(model), state), []);
  assert.deepEqual(model.notes, []);
  assert.deepEqual(
    model.files.map(({ file }) => file),
    [generator, discriminator],
  );
});

test('tfjs folders hold parameters and moving statistics, and velocities are 0, which is said', async () => {
  for (const network of networks) {
    for (const [name, bytes] of encodeTfjs(plan.model, network, state)) write(`tfjs/${network}/${name}`, bytes);
  }
  const still = new Map(
    [...state].map(([name, tensor]) => [
      name,
      name.startsWith('velocity/') ? { ...tensor, data: new Float32Array(tensor.data.length) } : tensor,
    ]),
  );
  const model = await readModel(place('tfjs/generator'), place('tfjs/discriminator/model.json'));
  assert.deepEqual(findDifferent(stateOf(model), still), []);
  assert.deepEqual(model.notes, ['there are no velocities: they start at 0']);
});

test('velocities of one network alone are taken', async () => {
  const { tensors, notes } = await readModel(safetensors('some.safetensors', without(/^velocity\/generator/)));
  const sums = ['velocity/generator/dense_1/kernel', 'velocity/discriminator/conv_1/kernel'].map(name =>
    tensors.find(tensor => tensor.name === name)!.data.some(value => value !== 0),
  );
  assert.deepEqual(sums, [false, true]);
  assert.deepEqual(notes, ['there are no velocities of the generator: they start at 0']);
});

const dense = 'generator/dense_1/bias';
const variance = 'generator/batch_norm/moving_variance';
const numbers = (count: number, last: number) => new Float32Array(count).fill(0.5).fill(last, count - 1);

test('each tensor that does not fit is named, with what is expected and found', async () => {
  for (const [tensors, problem] of [
    [
      without(/conv_2\/bias$/),
      ' does not fit this model: generator/conv_2/bias is missing; discriminator/conv_2/bias is missing; velocity/generator/conv_2/bias is missing; velocity/discriminator/conv_2/bias is missing',
    ],
    [
      without(/^velocity\/generator\/dense/),
      ' does not fit this model: velocity/generator/dense_1/kernel is missing; velocity/generator/dense_1/bias is missing; velocity/generator/dense_2/kernel is missing; velocity/generator/dense_2/bias is missing',
    ],
    [withTensor(dense, { shape: [512, 2] }), ` does not fit this model: ${dense} expects [1024], found [512,2]`],
    [
      new Map([...parameters, ['generator/extra', { name: '', shape: [1], data: new Float32Array(1) }]]),
      ' does not fit this model: generator/extra is no tensor of it',
    ],
    [
      new Map(),
      ` does not fit this model: generator/dense_1/kernel is missing; generator/dense_1/bias is missing; generator/dense_2/kernel is missing; generator/dense_2/bias is missing; and 16 more`,
    ],
    [
      withTensor(dense, { data: numbers(1024, Number.NaN) }),
      `: ${dense} expects finite numbers, found NaN at place 1023`,
    ],
    [
      withTensor(variance, { data: numbers(6272, -1) }),
      `: ${variance} expects a finite number that is not negative, found -1 at place 6271`,
    ],
  ] as const) {
    const file = safetensors('bad.safetensors', tensors as Map<string, Tensor>);
    await assert.rejects(readModel(file), { name: 'DataError', message: `${file}${problem}` });
  }
});

test('numbers of other types become float32, which is said, or are refused', () => {
  const found: FoundTensors = new Map(
    Array.from(parameters, ([name, { shape, data }]) => [
      name,
      { shape, type: 'float32', bytes: new Uint8Array(data.buffer) },
    ]),
  );
  found.set(dense, { shape: [1024], type: 'float64', bytes: new Uint8Array(new Float64Array(1024).fill(0.1).buffer) });
  const { tensors, notes } = takeTensors(found, plan, 'FILE');
  assert.equal(tensors.find(({ name }) => name === dense)!.data[0], Math.fround(0.1));
  assert.deepEqual(notes, ['there are no velocities: they start at 0', 'float64 became float32, rounded']);
  found.set(dense, { shape: [1024], type: 'I32', bytes: new Uint8Array() });
  assert.throws(() => takeTensors(found, plan, 'FILE'), {
    name: 'DataError',
    message: `FILE does not fit this model: ${dense} expects float32 (or float64, float16, bfloat16, float8_e4m3, float8_e5m2), found I32, quantised numbers without their scale: save it as float32`,
  });
});

test('what is missing, or no model, is told with what is expected', async () => {
  await assert.rejects(readModel(place('none')), { message: `${place('none')} cannot be read: it is not there` });
  const empty = write('empty', new Uint8Array());
  const none = 'expected a .safetensors, .npz, .keras, .h5 or tfjs model.json, found none of them';
  await assert.rejects(readModel(empty), { name: 'DataError', message: `${empty}: ${none}` });
  const shards = write(
    'model.weights.json',
    Buffer.from('{"metadata": {}, "weight_map": {"/layers/dense/vars": "a.h5"}}'),
  );
  await assert.rejects(readModel(shards), {
    name: 'DataError',
    message: `${shards} lists weights that are in several files: save them as one, without a limit of its size`,
  });
  mkdirSync(place('folder'));
  await assert.rejects(readModel(place('folder')), {
    message: `${place('folder')} is a folder without generator.keras and discriminator.keras (or both as .h5, .weights.h5, .safetensors, .npz or /model.json); it has nothing in it`,
  });
  for (const [content, problem] of [
    ['<!DOCTYPE html><html>', 'is a web page (HTML), not a model: was it saved from a browser?'],
    [
      'version https://git-lfs.github.com/spec/v1\n',
      'is a Git LFS pointer, not a model: get the file itself with "git lfs pull"',
    ],
    ['\x1f\x8b\x08', 'is gzipped, not a model: unpack it first'],
  ] as const) {
    const file = write('generator.keras', Buffer.from(content, 'latin1'));
    await assert.rejects(readModel(file), { name: 'DataError', message: `${file} ${problem}` });
  }
});

test('two networks are asked for where a file has one, and the right ones', async () => {
  const [generator, discriminator] = [place('keras/generator.keras'), place('keras/discriminator.keras')];
  await assert.rejects(readModel(generator), {
    name: 'UsageError',
    message: `${generator} has only a generator; name the file of the other network with --discriminator`,
  });
  await assert.rejects(readModel(discriminator, generator), {
    name: 'DataError',
    message: `${discriminator} is not the generator of this model: expected Dense 1024 as its operation 1, found Conv2D 64 of 5×5, padding same`,
  });
  await assert.rejects(readModel(place('all.npz'), discriminator), {
    message: `${place('all.npz')} and ${discriminator} both have some of the tensors: name one of them`,
  });
  await assert.rejects(readModel(place('keras'), discriminator), {
    name: 'UsageError',
    message: `${place('keras')} has both networks; leave --discriminator out, or name ${generator}`,
  });
});
