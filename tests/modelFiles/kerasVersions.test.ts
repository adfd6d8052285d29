/** Small models as five versions of Keras have saved them (tests/fixtures/keras). All versions: npm run conformance. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { planModel } from '../../src/model/plan.js';
import { readHdf5 } from '../../src/modelFiles/hdf5.js';
import { encodeKeras } from '../../src/modelFiles/keras.js';
import { limitsOf } from '../../src/modelFiles/limits.js';
import { readModel } from '../../src/modelFiles/readModel.js';
import { openZip } from '../../src/modelFiles/zip.js';
import { small } from '../model/otherModels.js';
import { packageRoot } from '../packageRoot.js';
import { findDifferent, someState } from './someState.js';

const plan = planModel(small);
const state = someState(plan);
const fixtures = fileURLToPath(new URL('tests/fixtures/keras', packageRoot));

/** What is not as it was saved, and what is said. */
async function read(saved: string) {
  const { tensors, notes } = await readModel(plan, path.join(fixtures, saved));
  const byName = new Map(tensors.map(tensor => [tensor.name, tensor]));
  const different = findDifferent(byName, state);
  for (const name of different)
    assert.ok(
      byName.get(name)!.data.every(value => value === 0),
      name,
    );
  return { different, notes };
}

for (const saved of [
  '2.13.1/nesterov-decay',
  '2.15.0/nesterov-decay',
  '3.0.0/nesterov-decay',
  '3.4.1/nesterov-decay',
  '3.15.1/nesterov-decay',
  '3.4.1/nesterov-accumulated-averages',
  '3.15.1/nesterov-scaled',
]) {
  test(`every tensor and velocity of ${saved} is read, whichever number Keras gave it`, async () => {
    assert.deepEqual(await read(saved), { different: [], notes: [] });
  });
}

const velocities = [...state.keys()].filter(name => name.startsWith('velocity/'));
for (const [saved, optimizer] of [
  ['2.15.0/lion', 'Lion'],
  ['3.0.0/adam', 'Adam'],
] as const) {
  test(`of ${saved} nothing is taken but the model, also where shapes are those of velocities, and that is said`, async () => {
    assert.deepEqual(await read(saved), {
      different: velocities,
      notes: [
        `the generator was saved with the optimizer ${optimizer}: nothing of that is taken`,
        `the discriminator was saved with the optimizer ${optimizer}: nothing of that is taken`,
        'there are no velocities: they start at 0',
      ],
    });
  });
}

test('what is exported has a group for every layer, as Keras 3.0 to 3.5 want, and the same places as Keras’s own', async () => {
  const optimizer = { learningRate: 0.001, momentum: 0.9, iterations: 7 };
  for (const network of ['generator', 'discriminator'] as const) {
    const own = readFileSync(path.join(fixtures, `3.4.1/nesterov-decay/${network}.keras`));
    assert.deepEqual(await listPlaces(await encodeKeras(plan, network, state, optimizer)), await listPlaces(own));
  }
});

async function listPlaces(keras: Uint8Array): Promise<string[]> {
  const weights = openZip(keras, 'FILE', 2 ** 20).read('model.weights.h5');
  return readHdf5(weights, 'FILE', limitsOf(plan), file => {
    const places = (folder: string): string[] =>
      file.namesIn(folder).flatMap(name => {
        const place = folder === '' ? name : `${folder}/${name}`;
        return [place, ...places(place)];
      });
    // With a schedule there is no learning rate, and numbers are others.
    return places('')
      .filter(place => !place.startsWith('optimizer/vars/'))
      .sort();
  });
}
