import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reference } from '../../src/model/presets.js';
import { readStoredModel } from '../../src/model/storedModel.js';

const stored = () => JSON.parse(JSON.stringify({ model: reference }));

test('a description comes back from JSON as it was, and a run without one has the reference', () => {
  assert.deepEqual(readStoredModel(stored()), reference);
  assert.equal(readStoredModel({}), reference);
});

test('what is damaged, or from a later gan-dist, is refused by name', () => {
  const fails = (change: (model: ReturnType<typeof stored>['model']) => void, message: string) => {
    const attributes = stored();
    change(attributes.model);
    assert.throws(() => readStoredModel(attributes), { name: 'ConfigError', message });
  };
  fails(model => delete model.latentSize, 'latentSize of the model expects a whole number from 1 on, found nothing');
  fails(model => (model.image.channels = 2), 'image.channels of the model expects 1 or 3, found 2');
  fails(model => (model.generator = 7), 'generator of the model expects a list of layers, found 7');
  fails(
    model => (model.generator[0].units = -1),
    'layer 1 of the generator: units of the model expects a whole number from 1 on, found -1',
  );
  fails(
    model => (model.discriminator[1].kind = 'constructor'),
    'layer 2 of the discriminator: kind of the model expects dense, conv2d, upSampling2d, maxPooling2d, batchNormalization, activation, flatten, reshape, found "constructor"',
  );
  fails(
    model => delete model.discriminator[0].name,
    'layer 1 of the discriminator: name of the model expects a lower-case letter, and at most 39 more letters, digits or _, found nothing',
  );
  fails(
    model => (model.generator[0].spectralNorm = true),
    'layer 1 of the generator: spectralNorm of the model expects nothing, found true',
  );
  fails(
    model => (model.discriminator[0].name = '../x'),
    'layer 1 of the discriminator: name of the model expects a lower-case letter, and at most 39 more letters, digits or _, found "../x"',
  );
});
