/** Models under names of others, in Keras's layout and in PyTorch's. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Tensor as Computed } from '@tensorflow/tfjs-node';
import { zipSync } from 'fflate';
import { type ModelDescription, networks } from '../../../src/model/description.js';
import { dense } from '../../../src/model/layers/dense.js';
import { flatten, reshape } from '../../../src/model/layers/withoutTensors.js';
import { planModel, referencePlan } from '../../../src/model/plan.js';
import type { FoundTensors } from '../../../src/modelFiles/foundTensors.js';
import { matchTensors } from '../../../src/modelFiles/matching/matchTensors.js';
import { encodeNpz } from '../../../src/modelFiles/npz.js';
import { readModel } from '../../../src/modelFiles/readModel.js';
import { encodeSafetensors } from '../../../src/modelFiles/safetensors.js';
import { encodeTfjs } from '../../../src/modelFiles/tfjs.js';
import { loadEngine } from '../../../src/shared/engine.js';
import { small } from '../../model/otherModels.js';
import { findDifferent, someState } from '../someState.js';
import { generate, judge, type Tensor } from './torchForward.js';

const folder = mkdtempSync(path.join(tmpdir(), 'gan-dist-names-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const plan = planModel(small);
const state = someState(plan);

function write(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** In the order of PyTorch's `state_dict()`. */
const generatorShapes: Record<string, number[]> = {
  'net.0.weight': [4, 3],
  'net.0.bias': [4],
  'net.2.weight': [12, 4],
  'net.2.bias': [12],
  'net.3.weight': [12],
  'net.3.bias': [12],
  'net.3.running_mean': [12],
  'net.3.running_var': [12],
  'net.7.weight': [1, 3, 5, 5],
  'net.7.bias': [1],
};
const discriminatorShapes: Record<string, number[]> = {
  'features.0.weight': [5, 1, 5, 5],
  'features.0.bias': [5],
  'classifier.0.weight': [6, 20],
  'classifier.0.bias': [6],
  'classifier.2.weight': [1, 6],
  'classifier.2.bias': [1],
};

/** Numbers that are no other tensor's, from 0.05 to 0.95 but for the sign of some. */
const stateDict = (shapes: Record<string, number[]>): Map<string, Tensor> =>
  new Map(
    Object.entries(shapes).map(([name, shape], place) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
        const value = 0.05 + 0.9 * (((i * 7919 + place * 104729 + 17) % 1009) / 1009);
        return name.endsWith('running_var') || i % 3 > 0 ? value : -value;
      });
      return [name, { shape, data }];
    }),
  );

test('state dicts of PyTorch compute the same here: kernels turned, and features where images are flattened and made', async () => {
  const [generator, discriminator] = [stateDict(generatorShapes), stateDict(discriminatorShapes)];
  const tracked = new Map([...generator, ['net.3.num_batches_tracked', { shape: [], data: new Float32Array(1) }]]);
  const files = [
    write('torch/g.safetensors', encodeSafetensors(tracked, {})),
    write('torch/d.safetensors', encodeSafetensors(discriminator, {})),
  ] as const;
  const { tensors, notes, matches } = await readModel(plan, ...files);
  const byName = new Map(tensors.map(tensor => [tensor.name, tensor]));
  const tf = loadEngine();
  for (const network of networks)
    for (const [name, bytes] of encodeTfjs(small, network, byName)) write(`torch/${network}/${name}`, bytes);
  const [ours, oursToo] = await Promise.all(
    networks.map(network => tf.loadLayersModel(`file://${folder}/torch/${network}/model.json`)),
  );
  for (const noise of [
    [0.1, -0.7, 0.4],
    [-1, 0.9, 0.3],
  ]) {
    const image = generate(generator, noise);
    const made = ours!.predict(tf.tensor2d([noise])) as Computed;
    assertClose(await made.data<'float32'>(), image);
    const score = oursToo!.predict(tf.tensor4d(image, [1, 4, 4, 1])) as Computed;
    assertClose(await score.data<'float32'>(), [judge(discriminator, image)]);
  }
  const reordered = (names: string) =>
    `features that are an image's numbers are taken to be in PyTorch's order, channel, height, width: ${names}`;
  const said = (network: string) => [
    `tensors of the ${network} were matched by names and shapes; activations, padding, batch norm's epsilon (PyTorch's is another) and what else such a file does not say are taken to be this model's`,
    `kernels of the ${network} are as PyTorch has them, [out, in] and [out, in, height, width]`,
  ];
  assert.deepEqual(notes, [
    ...said('generator'),
    reordered(
      'generator/dense_2/kernel, generator/dense_2/bias, generator/batch_norm/gamma, generator/batch_norm/beta, generator/batch_norm/moving_mean, generator/batch_norm/moving_variance',
    ),
    ...said('discriminator'),
    reordered('discriminator/dense_1/kernel'),
    'there are no velocities: they start at 0',
  ]);
  assert.deepEqual(matches.slice(0, 3), [
    { from: 'net.0.weight', shape: [4, 3], to: 'generator/dense_1/kernel', as: [3, 4], how: 'transposed' },
    { from: 'net.0.bias', shape: [4], to: 'generator/dense_1/bias', as: [4], how: '' },
    {
      from: 'net.2.weight',
      shape: [12, 4],
      to: 'generator/dense_2/kernel',
      as: [4, 12],
      how: 'transposed, features reordered',
    },
  ]);
  assert.deepEqual(matches[10], { from: 'net.3.num_batches_tracked', shape: [] });
});

function assertClose(actual: Float32Array, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  assert.ok(
    expected.every((value, i) => Math.abs(value - actual[i]!) < 1e-5),
    `${actual} is not ${expected}`,
  );
}

/** Parameters of the small GAN, under other names. */
const renamed = (rename: (name: string, place: number) => string) =>
  new Map(plan.tensors.map(({ name }, place) => [rename(name, place), state.get(name)!]));

const flax: Record<string, string> = { gamma: 'scale', beta: 'bias', moving_mean: 'mean', moving_variance: 'var' };
/** The number of a tensor's layer among those that have some. */
const layerOf = (place: number): number => {
  const layers = plan.tensors.map(({ name }) => path.dirname(name));
  return [...new Set(layers)].indexOf(layers[place]!);
};

test('other names for one file of both networks are known by shapes, in the layout of the store', async () => {
  const shorter: Record<string, string> = {
    kernel: 'w',
    bias: 'b',
    gamma: 'scale',
    beta: 'offset',
    moving_mean: 'mean',
    moving_variance: 'var',
  };
  for (const [title, rename] of [
    ['haiku', name => name.replace('/', '/~/').replace(/\w+$/, word => shorter[word]!)],
    [
      'numbers',
      name =>
        name.replace(/^(\w)\w+\/(\w+)\/(\w+)$/, (_, network, layer, word) => `${network}_${layer}_${shorter[word]}`),
    ],
    [
      'flax',
      name =>
        `${name.includes('/moving_') ? 'batch_stats' : 'params'}/${name.replace(/\w+$/, word => flax[word] ?? word)}`,
    ],
    [
      'lists',
      (name, place) =>
        `${name.split('/')[0]}.${name.endsWith('kernel') ? 'weights' : name.replace(/.*\//, '')}.${layerOf(place)}`,
    ],
    ['keras', name => `model/${name}:0`],
  ] as [string, (name: string, place: number) => string][]) {
    const file = write(`${title}.npz`, encodeNpz(renamed(rename)));
    const { tensors, notes, matches } = await readModel(plan, file);
    const parameters = new Map(
      tensors.filter(({ name }) => !name.startsWith('velocity/')).map(tensor => [tensor.name, tensor]),
    );
    assert.deepEqual(
      findDifferent(
        parameters,
        renamed(name => name),
      ),
      [],
      title,
    );
    assert.equal(matches.length, 16);
    assert.deepEqual(notes, [
      "tensors were matched by names and shapes; activations, padding, batch norm's epsilon (PyTorch's is another) and what else such a file does not say are taken to be this model's",
      'there are no velocities: they start at 0',
    ]);
  }
});

test('a tensor that is called otherwise than those beside it is not taken for the one that they lack', async () => {
  const called = (last: string) =>
    encodeNpz(renamed(name => `net.${name.replaceAll('/', '.').replace('moving_variance', last)}`));
  assert.equal((await readModel(plan, write('variance.npz', called('var')))).matches.length, 16);
  await assert.rejects(readModel(plan, write('inverse.npz', called('inv_std'))), { name: 'DataError' });
});

test('names that say nothing, and shapes that leave two meanings, are refused with both sides', async () => {
  const file = write('arrays.npz', encodeNpz(renamed((_, place) => `arr_${place}`)));
  const [first, ...rest] = await readModel(plan, file).then(
    () => assert.fail('it was taken'),
    (error: Error) => error.message.split('\n'),
  );
  assert.equal(
    first,
    `${file} has more than one meaning: generator/batch_norm/moving_mean may be arr_6 or arr_7; give the tensors the names of the store`,
  );
  assert.deepEqual(rest.slice(0, 3), [
    '  in the file       in the model',
    '  arr_0 [3,4]       generator/dense_1/kernel [3,4]',
    '  arr_1 [4]         generator/dense_1/bias [4]',
  ]);
  assert.equal(rest.length, 17);
});

const square: ModelDescription = {
  latentSize: 4,
  image: { height: 2, width: 2, channels: 1 },
  generator: [dense('one', 4, { activation: 'tanh', useBias: false }), reshape([2, 2, 1])],
  discriminator: [flatten(), dense('one', 1)],
};
const found = (shapes: Record<string, number[]>): FoundTensors =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const { data } = stateDict({ [name]: shape }).get(name)!;
      return [name, { shape, type: 'float32', bytes: new Uint8Array(data.buffer) }];
    }),
  );

test('a square kernel is turned only where another tells of its layout, or its name does not stand in the way', () => {
  const squarePlan = planModel(square);
  assert.throws(() => matchTensors(found({ 'fc.weight': [4, 4] }), squarePlan, ['generator'], 'FILE'), {
    name: 'DataError',
    message:
      'FILE has more than one meaning: generator/one/kernel may be fc.weight as it is or transposed; give the tensors the names of the store\n  in the file      in the model\n  fc.weight [4,4]  generator/one/kernel [4,4]',
  });
  for (const [shape, how] of [
    [[1, 4], 'transposed'],
    [[4, 1], ''],
  ] as const) {
    const tensors = found({ 'g.weight': [4, 4], 'd.weight': [...shape], 'd.bias': [1] });
    const { matches } = matchTensors(tensors, squarePlan, networks, 'FILE');
    assert.equal(matches![0]!.how, how);
  }
});

test('other models are refused with the names and shapes of both, and what is likely', () => {
  const shapes = { ...generatorShapes, 'net.7.weight': [3, 1, 5, 5] };
  assert.throws(() => matchTensors(found(shapes), plan, ['generator'], 'FILE'), {
    name: 'DataError',
    message: `\
FILE does not fit this model: there is no way to take its tensors for those of the model, by whatever names or in PyTorch's layout; a kernel of it is as those of ConvTranspose2d are, [in, out, height, width], and this model has convolutions
  in the file              in the model
  net.0.weight [4,3]       generator/dense_1/kernel [3,4]
  net.0.bias [4]           generator/dense_1/bias [4]
  net.2.weight [12,4]      generator/dense_2/kernel [4,12]
  net.2.bias [12]          generator/dense_2/bias [12]
  net.3.weight [12]        generator/batch_norm/gamma [12]
  net.3.bias [12]          generator/batch_norm/beta [12]
  net.3.running_mean [12]  generator/batch_norm/moving_mean [12]
  net.3.running_var [12]   generator/batch_norm/moving_variance [12]
  net.7.weight [3,1,5,5]   generator/conv_1/kernel [5,5,3,1]
  net.7.bias [1]           generator/conv_1/bias [1]`,
  });
  assert.throws(() => matchTensors(found(discriminatorShapes), plan, ['generator'], 'FILE'), {
    message: /^FILE does not fit this model: [^\n]+; they are those of the discriminator\n/,
  });
  assert.throws(
    () => matchTensors(found({ 'a\nb': [2, 2] }), plan, ['generator'], 'FILE'),
    /\n {2}a\\nb \[2,2\] +generator\/dense_1\/kernel \[3,4\]\n/,
  );
});

test('where the noise itself is reshaped, PyTorch’s order of it is not guessed', () => {
  const plan = planModel({ ...square, latentSize: 8, generator: [reshape([2, 2, 2]), flatten(), dense('one', 4)] });
  const tensors = found({ 'fc.weight': [4, 8], 'fc.bias': [4] });
  assert.throws(() => matchTensors(tensors, plan, ['generator'], 'FILE'), { name: 'DataError' });
});

test('a file of the generator alone asks for the other, and a pickle is not opened', async () => {
  const file = write('alone.safetensors', encodeSafetensors(stateDict(generatorShapes), {}));
  await assert.rejects(readModel(plan, file), {
    name: 'UsageError',
    message: `${file} has only a generator; name the file of the other network with --discriminator`,
  });
  for (const bytes of [Buffer.from('\x80\x02}q\x00.', 'latin1'), zipSync({ 'model/data.pkl': new Uint8Array(1) })]) {
    const pickle = write('model.pt', bytes);
    await assert.rejects(readModel(referencePlan(), pickle), {
      name: 'DataError',
      message: `${pickle} is a pickle, as torch.save makes them: reading one may run any code; save the weights with safetensors.torch.save_file(model.state_dict(), 'model.safetensors')`,
    });
  }
});
