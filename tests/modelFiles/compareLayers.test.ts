import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Network } from '../../src/model/description.js';
import { reference } from '../../src/model/presets.js';
import { assertSameLayers } from '../../src/modelFiles/compareLayers.js';
import { type NetworkLayer, networkLayers } from '../../src/modelFiles/networkLayers.js';
import { readLayers } from '../../src/modelFiles/readLayers.js';

const ours = {
  generator: networkLayers(reference, 'generator'),
  discriminator: networkLayers(reference, 'discriminator'),
};
const { generator, discriminator } = ours;
const check = (layers: readonly NetworkLayer[], network: Network = 'generator') =>
  assertSameLayers(layers, ours[network], network, 'FILE');
const change = (layers: readonly NetworkLayer[], name: string, config: Record<string, unknown>) =>
  layers.map(layer => (layer.config.name === name ? { ...layer, config: { ...layer.config, ...config } } : layer));

/** As Keras' own examples have it: activations in layers of their own. */
const setApart = (layers: readonly NetworkLayer[]): NetworkLayer[] =>
  layers.flatMap(layer => {
    const { activation } = layer.config;
    if (activation === undefined || layer.class_name === 'Activation') return [layer];
    const bare = { ...layer, config: { ...layer.config, activation: 'linear' } };
    return [bare, { class_name: 'Activation', config: { name: 'apart', activation } }];
  });

test('activations in layers of their own, a logit instead of D(x), and settings in other words are the same model', () => {
  check(setApart(generator));
  check(setApart(discriminator), 'discriminator');
  check(change(discriminator, 'dense_2', { activation: 'linear' }), 'discriminator');
  check(
    change(discriminator, 'conv_1', { kernel_size: 5, strides: 1, dilation_rate: [1, 1], groups: 1 }),
    'discriminator',
  );
  check(change(discriminator, 'pool_1', { pool_size: 2, strides: null }), 'discriminator');
  check(change(generator, 'batch_norm', { axis: [1], epsilon: undefined, momentum: undefined }));
});

test('the first operation that is another is named', () => {
  for (const [layers, network, problem] of [
    [
      change(generator, 'conv_1', { padding: 'valid' }),
      'generator',
      'expected Conv2D 64 of 5×5, padding same as its operation 8, found Conv2D 64 of 5×5, padding valid',
    ],
    [
      change(generator, 'batch_norm', { epsilon: 1e-5 }),
      'generator',
      'expected BatchNormalization, epsilon 0.001, momentum 0.99 as its operation 4, found BatchNormalization, epsilon 0.00001, momentum 0.99',
    ],
    [change(generator, 'dense_1', { activation: 'relu' }), 'generator', 'expected tanh as its operation 2, found relu'],
    [
      change(generator, 'upsample_1', { interpolation: 'bilinear' }),
      'generator',
      'expected UpSampling2D by 2×2 as its operation 7, found UpSampling2D by 2×2, interpolation bilinear',
    ],
    [
      change(discriminator, 'conv_2', { strides: [2, 2], use_bias: false }),
      'discriminator',
      'expected Conv2D 128 of 5×5, padding valid as its operation 4, found Conv2D 128 of 5×5, padding valid, use_bias false, strides 2×2',
    ],
    [
      change(discriminator, 'pool_2', { strides: [1, 1] }),
      'discriminator',
      'expected MaxPooling2D of 2×2 as its operation 6, found MaxPooling2D of 2×2, strides 1×1',
    ],
    [
      change(discriminator, 'flatten', { data_format: 'channels_first' }),
      'discriminator',
      'expected Flatten as its operation 7, found Flatten, data_format channels_first',
    ],
    [
      [...discriminator, { class_name: 'Dropout', config: { name: 'd' } }],
      'discriminator',
      'expected nothing more as its operation 12, found Dropout',
    ],
  ] as const) {
    assert.throws(() => check(layers, network), {
      name: 'DataError',
      message: `FILE is not the ${network} of this model: ${problem}`,
    });
  }
});

test('a functional model is read if its layers are a chain', () => {
  const node = (name: string) => ({
    args: [{ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } }],
    kwargs: {},
  });
  const layer = (name: string, inbound: unknown) => ({
    class_name: 'Dense',
    name,
    config: { name },
    inbound_nodes: inbound,
  });
  const read = (...layers: unknown[]) => readLayers({ class_name: 'Functional', config: { layers } }, 'FILE');
  const keras3 = read(layer('a', []), layer('b', [node('a')]));
  const keras2 = read(layer('a', []), layer('b', [[['a', 0, 0, {}]]]));
  assert.deepEqual(
    [keras3, keras2].map(layers => layers.map(({ config }) => config.name)),
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  );
  const problem = 'expected b: one after the other';
  assert.throws(() => read(layer('a', []), layer('b', [node('a')]), layer('c', [node('a')])), {
    message: `FILE: its layer c takes a, ${problem}`,
  });
  assert.throws(() => read(layer('a', []), layer('b', [node('a')]), layer('c', [node('a'), node('b')])), {
    message: `FILE: its layer c takes a and b, ${problem}`,
  });
});
