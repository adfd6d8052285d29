import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelDescription } from '../../src/model/description.js';
import { dualOf } from '../../src/model/forms.js';
import { batchNormalization } from '../../src/model/layers/batchNormalization.js';
import { conv2d } from '../../src/model/layers/conv2d.js';
import { dense } from '../../src/model/layers/dense.js';
import { flatten, maxPooling2d, reshape } from '../../src/model/layers/withoutTensors.js';
import { type NetworkPlan, planModel, referencePlan } from '../../src/model/plan.js';
import { reference } from '../../src/model/presets.js';
import { perceptron } from './otherModels.js';

const plan = referencePlan();
const operationsOf = ({ segments }: NetworkPlan) => segments.flatMap(({ operations }) => operations);

// Old runs are read by it: what is here stays for ever, or `arithmetic` is raised.
test('the plan of the reference has the tensors of every run so far, in their order', () => {
  const tensors = plan.tensors.map(({ name, shape, role, owner }) => `${name} [${shape}] ${role} ${owner}`);
  assert.deepEqual(tensors, [
    'generator/dense_1/kernel [100,1024] parameter columns',
    'generator/dense_1/bias [1024] parameter rows',
    'generator/dense_2/kernel [1024,6272] parameter columns',
    'generator/dense_2/bias [6272] parameter rows',
    'generator/batch_norm/gamma [6272] parameter rows',
    'generator/batch_norm/beta [6272] parameter rows',
    'generator/batch_norm/moving_mean [6272] statistic rows',
    'generator/batch_norm/moving_variance [6272] statistic rows',
    'generator/conv_1/kernel [5,5,128,64] parameter summed',
    'generator/conv_1/bias [64] parameter summed',
    'generator/conv_2/kernel [5,5,64,1] parameter summed',
    'generator/conv_2/bias [1] parameter summed',
    'discriminator/conv_1/kernel [5,5,1,64] parameter summed',
    'discriminator/conv_1/bias [64] parameter summed',
    'discriminator/conv_2/kernel [5,5,64,128] parameter summed',
    'discriminator/conv_2/bias [128] parameter summed',
    'discriminator/dense_1/kernel [3200,1024] parameter rows',
    'discriminator/dense_1/bias [1024] parameter rows',
    'discriminator/dense_2/kernel [1024,1] parameter rows',
    'discriminator/dense_2/bias [1] parameter first',
  ]);
  const trained = plan.tensors.filter(({ role }) => role === 'parameter').map(({ name }) => `velocity/${name}`);
  const state = plan.state.map(({ name }) => name);
  assert.deepEqual(state, [...plan.tensors.map(({ name }) => name), ...trained]);
});

test('the plan of the reference has its fast operations, and exchanges where the form changes', () => {
  const operations = [plan.generator, plan.discriminator].flatMap(operationsOf);
  assert.deepEqual(
    operations.map(({ name, kind, activation, takes, gives }) => [name, kind, activation, takes, gives].join(' ')),
    [
      'generator/dense_1 denseColumns tanh whole features',
      'generator/dense_2 denseColumns linear whole features',
      'generator/batch_norm batchNorm tanh features features',
      'generator/conv_1 upsampleConv tanh images images',
      'generator/conv_2 upsampleConv tanh images images',
      'discriminator/conv_1 imageConvPool tanh images images',
      'discriminator/conv_2 convPool tanh images images',
      'discriminator/dense_1 denseRows linear features partial',
      'bias of discriminator/dense_1 biased tanh features features',
      'discriminator/dense_2 denseHead linear features partial',
    ],
  );
  assert.deepEqual(
    plan.exchanges.map(({ name, width, given, taken }) => [name, width, given, taken]),
    [
      ['generator/dense_2', 1024, 'features', 'whole'],
      ['generator/conv_1', 6272, 'features', 'images'],
      ['discriminator/dense_1', 3200, 'images', 'features'],
      ['bias of discriminator/dense_1', 1024, 'partial', 'features'],
      ['logits', 1, 'partial', 'whole'],
    ],
  );
});

test('a plan is plain data', () => {
  assert.deepEqual(structuredClone(plan), plan);
  assert.deepEqual(JSON.parse(JSON.stringify(plan.model)), plan.model);
});

test('a network may begin and end in any form', () => {
  const { generator, discriminator, exchanges } = planModel(perceptron);
  assert.equal(operationsOf(generator).at(-1)!.activation, 'tanh');
  assert.deepEqual(
    exchanges.map(({ name, width, given, taken }) => [name, width, given, taken]),
    [
      ['generator/two', 20, 'features', 'whole'],
      ['images', 72, 'features', 'images'],
      ['discriminator/one', 72, 'images', 'features'],
      ['bias of discriminator/one', 16, 'partial', 'features'],
      ['logits', 1, 'partial', 'whole'],
    ],
  );
  assert.equal(discriminator.segments[0]!.before?.name, 'discriminator/one');
});

test('the gradient of what all slices need is a summand of each, and the other way round', () => {
  for (const form of ['whole', 'images', 'features', 'partial'] as const) assert.equal(dualOf(dualOf(form)), form);
  assert.equal(dualOf('whole'), 'partial');
  assert.equal(dualOf('images'), 'images');
});

test('what does not fit is said in the words of the layers', () => {
  const fails = (changes: Partial<ModelDescription>, message: string) =>
    assert.throws(() => planModel({ ...reference, ...changes }), { name: 'ConfigError', message });
  const { generator, discriminator } = reference;
  fails(
    { generator: generator.filter(({ kind }) => kind !== 'reshape') },
    "the generator's upSampling2d (layer 5) takes [height, width, channels], and the layer before gives [6272]: put a reshape before it",
  );
  fails(
    { discriminator: discriminator.filter(({ kind }) => kind !== 'flatten') },
    "the discriminator's dense_1 takes a vector, and the layer before gives [5, 5, 128]: put a flatten before it",
  );
  fails(
    { generator: generator.map(layer => (layer.kind === 'reshape' ? reshape([7, 7, 100]) : layer)) },
    "the generator's reshape (layer 5) takes 4900 numbers, and the layer before gives [6272]",
  );
  fails(
    { image: { height: 32, width: 32, channels: 1 } },
    'the generator must end with an image, [32, 32, 1]; its last layer, conv_2, gives [28, 28, 1]',
  );
  fails(
    { discriminator: [flatten(), dense('a', 10)] },
    'the discriminator must end with one logit, [1]; its last layer, a, gives [10]',
  );
  fails(
    { discriminator: [flatten(), dense('a', 10), dense('a', 1)] },
    'the discriminator has two layers named a: give one another name',
  );
  fails(
    { discriminator: [flatten(), dense('a', 10), batchNormalization('n'), dense('b', 1)] },
    "the discriminator's n (batchNormalization) on [10] cannot be computed so far: there is no operation for it and the layer after it",
  );
  fails(
    { latentSize: 784, generator: [reshape([28, 28, 1])] },
    'the generator has nothing to train: no layer of it has weights',
  );
  fails({ discriminator: [] }, 'the discriminator has no layers');
  fails(
    { discriminator: [conv2d('c', 8, [3, 3]), flatten(), dense('a', 1)] },
    "the discriminator's c (conv2d) on [28, 28, 1] cannot be computed so far: there is no operation for it and the layer after it",
  );
  fails(
    { discriminator: [conv2d('c', 8, [29, 3]), flatten(), dense('a', 1)] },
    "the discriminator's c takes a window of 29, and the image is only 28 long: use padding same",
  );
  fails(
    { discriminator: [batchNormalization('n'), maxPooling2d([2, 2]), flatten(), dense('a', 1)] },
    "the discriminator's n (batchNormalization) on [28, 28, 1] cannot be computed so far: there is no operation for it and the layer after it",
  );
});
