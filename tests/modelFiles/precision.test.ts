/** Half precision and quantised numbers, as Keras (tests/fixtures/keras) and others save them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { planModel } from '../../src/model/plan.js';
import type { FoundTensors } from '../../src/modelFiles/foundTensors.js';
import { readModel } from '../../src/modelFiles/readModel.js';
import { takeTensors } from '../../src/modelFiles/takeTensors.js';
import { fromFloat16, toFloat16 } from '../../src/shared/float16.js';
import type { Tensor } from '../../src/store/index.js';
import { small } from '../model/otherModels.js';
import { packageRoot } from '../packageRoot.js';
import { findDifferent, someState } from './someState.js';

const plan = planModel(small);
const state = someState(plan);
const fixture = (name: string) => fileURLToPath(new URL(`tests/fixtures/keras/${name}`, packageRoot));

/** To the nearest, ties to even. */
const toBfloat16 = (data: Float32Array): Float32Array => {
  const words = new Uint32Array(data.slice().buffer);
  return new Float32Array(words.map(word => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000).buffer);
};
const rounded = (round: (data: Float32Array) => Float32Array, isRounded: (name: string) => boolean) =>
  new Map(
    Array.from(state, ([name, tensor]) => [name, isRounded(name) ? { ...tensor, data: round(tensor.data) } : tensor]),
  );

for (const [saved, expected, note] of [
  [
    '3.15.1/float16_nesterov',
    rounded(
      data => fromFloat16(toFloat16(data)),
      () => true,
    ),
    'float16 became float32, exactly',
  ],
  ['3.15.1/bfloat16_nesterov', rounded(toBfloat16, () => true), 'bfloat16 became float32, exactly'],
  // Keras 2 keeps batch norm in float32.
  [
    '2.15.0/bfloat16_nesterov',
    rounded(toBfloat16, name => !name.includes('batch_norm')),
    'bfloat16 became float32, exactly',
  ],
] as const) {
  test(`${saved} is read exactly, velocities too, and that it was narrower is said`, async () => {
    const { tensors, notes } = await readModel(plan, fixture(saved));
    assert.deepEqual(findDifferent(new Map(tensors.map(tensor => [tensor.name, tensor as Tensor])), expected), []);
    assert.notDeepEqual(findDifferent(expected, state), []);
    assert.deepEqual(notes, [note]);
  });
}

for (const [saved, layer] of [
  ['3.3.3/int8_none', 'dense'],
  ['3.15.1/int8_none', 'dense_12'],
] as const) {
  test(`${saved}, quantised by Keras, is refused with what to do`, async () => {
    const file = path.join(fixture(saved), 'generator.keras');
    await assert.rejects(readModel(plan, fixture(saved)), {
      name: 'DataError',
      message: `${file}: its layer ${layer} is quantised by Keras (int8), expected plain numbers; save the model before quantize() is called`,
    });
  });
}

test('whole numbers are no model, whatever a format calls them', () => {
  const name = 'generator/dense_1/bias';
  const found: FoundTensors = new Map(
    Array.from(state, ([name, { shape, data }]) => [
      name,
      { shape, type: 'float32', bytes: new Uint8Array(data.buffer) },
    ]),
  );
  for (const type of [
    'I8',
    'U8',
    '|i1',
    '<i8',
    '|u1',
    'int8',
    'uint8',
    '|b1',
    '<c8',
    'F4',
    '<f16',
    'opaque numbers of 1 bytes',
  ]) {
    found.set(name, { shape: [4], type, bytes: new Uint8Array(4) });
    const isWhole = !/c8|F4|f16|opaque/.test(type);
    assert.throws(() => takeTensors(found, plan, 'FILE'), {
      name: 'DataError',
      message: `FILE does not fit this model: ${name} expects float32 (or float64, float16, bfloat16, float8_e4m3, float8_e5m2), found ${type}${isWhole ? ', quantised numbers without their scale: save it as float32' : ''}`,
    });
  }
});
