/** A model that is not the reference, in the words and files of other programs. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type ModelDescription, networks } from '../../src/model/description.js';
import { batchNormalization } from '../../src/model/layers/batchNormalization.js';
import { conv2d } from '../../src/model/layers/conv2d.js';
import { dense } from '../../src/model/layers/dense.js';
import { layerKinds } from '../../src/model/layers/layerKinds.js';
import { activation, flatten, maxPooling2d, reshape, upSampling2d } from '../../src/model/layers/withoutTensors.js';
import { planModel, referencePlan } from '../../src/model/plan.js';
import { assertSameLayers } from '../../src/modelFiles/compareLayers.js';
import { encodeKeras } from '../../src/modelFiles/keras.js';
import { limitsOf } from '../../src/modelFiles/limits.js';
import { inputShapeOf, networkLayers } from '../../src/modelFiles/networkLayers.js';
import { readModel } from '../../src/modelFiles/readModel.js';
import { encodeSafetensors } from '../../src/modelFiles/safetensors.js';
import { takeTensors } from '../../src/modelFiles/takeTensors.js';
import { encodeTfjs } from '../../src/modelFiles/tfjs.js';
import { perceptron } from '../model/otherModels.js';
import { findDifferent, someState } from './someState.js';

const folder = mkdtempSync(path.join(tmpdir(), 'gan-dist-other-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const plan = planModel(perceptron);
const state = someState(plan);

function write(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** Layers in short: class, name and what is not always so. */
const wordsOf = (model: ModelDescription, network: 'generator' | 'discriminator') =>
  networkLayers(model, network).map(({ class_name, config: { name, trainable, data_format, ...rest } }) => {
    assert.equal(trainable, true);
    return `${class_name} ${name} ${JSON.stringify(rest)}`;
  });

test('a perceptron in Keras’s words', () => {
  assert.deepEqual(wordsOf(perceptron, 'generator'), [
    'Dense one {"units":20,"activation":"tanh","use_bias":true}',
    'Dense two {"units":72,"activation":"linear","use_bias":true}',
    'Activation tanh {"activation":"tanh"}',
    'Reshape reshape {"target_shape":[4,6,3]}',
  ]);
  assert.deepEqual(wordsOf(perceptron, 'discriminator'), [
    'Flatten flatten {}',
    'Dense one {"units":16,"activation":"tanh","use_bias":true}',
    'Dense two {"units":1,"activation":"sigmoid","use_bias":true}',
  ]);
  assert.deepEqual(
    networks.map(network => inputShapeOf(networkLayers(perceptron, network))),
    [[12], [4, 6, 3]],
  );
});

/** Layers of one kind, names that others would have had, no bias, and a D whose last layer has an activation. */
const odd: ModelDescription = {
  latentSize: 8,
  image: { height: 4, width: 4, channels: 1 },
  generator: [
    reshape([2, 2, 2]),
    batchNormalization('upsample_1'),
    upSampling2d([2, 1]),
    activation('tanh'),
    upSampling2d([1, 2]),
    conv2d('tanh', 1, [3, 3], { padding: 'same', useBias: false }),
    activation('tanh'),
  ],
  discriminator: [
    conv2d('c', 2, [2, 2], { strides: [2, 1] }),
    maxPooling2d([1, 3]),
    flatten(),
    dense('sigmoid', 1, { activation: 'tanh' }),
  ],
};

test('a layer without a name gets one that no other layer has, with a number where there are several', () => {
  const namesOf = (network: 'generator' | 'discriminator') =>
    networkLayers(odd, network).map(({ config }) => config.name);
  assert.deepEqual(namesOf('generator'), [
    ...['reshape', 'upsample_1', 'upsample_2', 'tanh_1', 'upsample_3', 'tanh', 'tanh_2'],
  ]);
  assert.deepEqual(namesOf('discriminator'), ['c', 'pool', 'flatten', 'sigmoid', 'sigmoid_1']);
  assert.equal(
    wordsOf(odd, 'discriminator')
      .slice(-2)
      .map(words => words.replace(/ .*? /, ' '))
      .join(),
    'Dense {"units":1,"activation":"tanh","use_bias":true},Activation {"activation":"sigmoid"}',
  );
});

test('batch norm over images is over their last axis', () => {
  const ours = networkLayers(odd, 'generator');
  const withAxis = (axis: unknown) =>
    ours.map(layer =>
      layer.class_name === 'BatchNormalization' ? { ...layer, config: { ...layer.config, axis } } : layer,
    );
  for (const axis of [-1, 3, [3]]) assertSameLayers(withAxis(axis), ours, 'generator', 'FILE');
  assert.throws(() => assertSameLayers(withAxis(1), ours, 'generator', 'FILE'), {
    name: 'DataError',
    message:
      'FILE is not the generator of this model: expected BatchNormalization, epsilon 0.001, momentum 0.99 as its operation 2, found BatchNormalization, epsilon 0.001, momentum 0.99, axis 1',
  });
});

test('every setting of every kind of layer tells it from another one', () => {
  const changes: { [Kind in keyof typeof layerKinds]: object } = {
    dense: { units: 2, useBias: false, activation: 'tanh' },
    conv2d: {
      ...{ filters: 2, kernelSize: [3, 1], strides: [1, 2], padding: 'same' },
      ...{ useBias: false, activation: 'tanh' },
    },
    upSampling2d: { size: [2, 1] },
    maxPooling2d: { poolSize: [2, 1], strides: [2, 1], padding: 'same' },
    batchNormalization: { epsilon: 0.5, momentum: 0.5 },
    activation: { activation: 'tanh' },
    flatten: {},
    reshape: { targetShape: [4, 1, 4] },
  };
  const usual = [
    ...[conv2d('a', 1, [1, 1]), upSampling2d([1, 1]), maxPooling2d([1, 1]), batchNormalization('b')],
    ...[activation('linear'), reshape([4, 4, 1]), flatten(), dense('d', 1)],
  ];
  const layersOf = (generator: ModelDescription['generator']) =>
    generator.map(layer => {
      const kind = layerKinds[layer.kind] as unknown as {
        toKeras(layer: unknown): { class_name: string; config: object };
      };
      const { class_name, config } = kind.toKeras(layer);
      return { class_name, config: { ...config, name: layer.kind }, tensors: [], inputShape: [4, 4, 1] };
    });
  const ours = layersOf(usual);
  assertSameLayers(ours, ours, 'generator', 'FILE');
  for (const [place, layer] of usual.entries()) {
    const options = changes[layer.kind];
    assert.deepEqual(Object.keys(options).sort(), Object.keys(layerKinds[layer.kind].options).sort());
    for (const [option, value] of Object.entries(options)) {
      const changed = usual.map((each, i) => (i === place ? { ...each, [option]: value } : each));
      const compare = () => assertSameLayers(layersOf(changed), ours, 'generator', 'FILE');
      assert.throws(compare, { name: 'DataError' }, `${layer.kind} ${option}`);
    }
  }
});

test('its files are read back bit by bit, and are no reference', async () => {
  const optimizer = { learningRate: 0.001, momentum: 0.9, iterations: 7 };
  const still = (name: string) => plan.tensors.every(tensor => tensor.name !== name);
  for (const network of networks) {
    write(`keras/${network}.keras`, await encodeKeras(plan, network, state, optimizer));
    for (const [name, bytes] of encodeTfjs(perceptron, network, state)) write(`tfjs/${network}/${name}`, bytes);
  }
  const safetensors = write('all.safetensors', encodeSafetensors(state, {}));
  for (const file of [path.join(folder, 'keras'), safetensors]) {
    const { tensors, notes } = await readModel(plan, file);
    assert.deepEqual(findDifferent(new Map(tensors.map(tensor => [tensor.name, tensor])), state), []);
    assert.deepEqual(notes, []);
  }
  const { tensors, notes } = await readModel(plan, path.join(folder, 'tfjs'));
  assert.deepEqual(
    findDifferent(new Map(tensors.map(tensor => [tensor.name, tensor])), state),
    [...state.keys()].filter(still),
  );
  assert.deepEqual(notes, ['there are no velocities: they start at 0']);
  const generator = path.join(folder, 'keras/generator.keras');
  await assert.rejects(readModel(referencePlan(), path.join(folder, 'keras')), {
    name: 'DataError',
    message: `${generator} is not the generator of this model: expected Dense 1024 as its operation 1, found Dense 20`,
  });
  await assert.rejects(readModel(referencePlan(), safetensors), {
    message:
      /^.* does not fit this model: [^\n]+\n {2}in the file +in the model\n {2}generator\/one\/kernel \[12,20\] +generator\/dense_1/,
  });
});

test('a tensor has the least number that its layer says, whatever its name', () => {
  const [first, ...rest] = plan.state;
  const changed = { ...plan, state: [{ ...first!, minimum: 0 }, ...rest] };
  const found = new Map(
    Array.from(state, ([name, { shape, data }]) => [
      name,
      { shape, type: 'float32', bytes: new Uint8Array(data.buffer) },
    ]),
  );
  const place = state.get(first!.name)!.data.findIndex(value => value < 0);
  assert.throws(() => takeTensors(found, changed, 'FILE'), {
    message: `FILE: generator/one/kernel expects a finite number that is not negative, found ${state.get(first!.name)!.data[place]} at place ${place}`,
  });
});

test('limits grow with the model, to a ceiling', () => {
  assert.deepEqual(limitsOf(referencePlan()), { datasetBytes: 2 ** 26, unpackedBytes: 2 ** 29, fileBytes: 2 ** 30 });
  assert.deepEqual(limitsOf(plan), limitsOf(referencePlan()));
  const wide = planModel({ ...perceptron, discriminator: [flatten(), dense('one', 2 ** 19), dense('two', 1)] });
  // In float64, twice: 74 numbers a unit and 1773 others, each with a velocity.
  const unpackedBytes = 2 * 8 * 2 * (74 * 2 ** 19 + 1773);
  assert.deepEqual(limitsOf(wide), { datasetBytes: 8 * 72 * 2 ** 19, unpackedBytes, fileBytes: 2 ** 31 - 1 });
});
