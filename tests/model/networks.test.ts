import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discriminator, dualOf, generator, listExchanges } from '../../src/model/networks.js';
import { modelTensors, sizeOf } from '../../src/model/tensors.js';

test('each layer takes what the one before it gives, number for number', () => {
  for (const network of [generator, discriminator]) {
    for (const [i, layer] of network.slice(1).entries()) {
      assert.equal(sizeOf(layer.inputShape), sizeOf(network[i]!.outputShape), layer.name);
    }
  }
  assert.deepEqual(generator.at(-1)!.outputShape, discriminator[0]!.inputShape);
});

test('the layers own all tensors of the model, and kernels have the shapes that the layers give them', () => {
  const layers = [...generator, ...discriminator];
  const names = new Set(layers.map(({ name }) => name));
  for (const { name, shape } of modelTensors) {
    const owner = name.slice(0, name.lastIndexOf('/'));
    assert.ok(names.has(owner), name);
    const layer = layers.find(layer => layer.name === owner)!;
    if (name.endsWith('/kernel')) {
      assert.deepEqual(shape.slice(-2), [layer.inputShape.at(-1), layer.outputShape.at(-1)], name);
    }
  }
});

test('exchanges are where the split changes, and only there', () => {
  assert.deepEqual(
    listExchanges().map(({ name, width, given, taken }) => [name, width, given, taken]),
    [
      ['generator/dense_2', 1024, 'features', 'whole'],
      ['generator/conv_1', 6272, 'features', 'images'],
      ['discriminator/dense_1', 3200, 'images', 'features'],
      ['discriminator/dense_1 bias', 1024, 'partial', 'features'],
      ['logits', 1, 'partial', 'whole'],
    ],
  );
});

test('the gradient of what all slices need is a summand of each, and the other way round', () => {
  for (const form of ['whole', 'images', 'features', 'partial'] as const) assert.equal(dualOf(dualOf(form)), form);
  assert.equal(dualOf('whole'), 'partial');
  assert.equal(dualOf('images'), 'images');
});
