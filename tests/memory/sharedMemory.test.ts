import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocateMemory, placeSummands, type SharedMemory, viewMemory } from '../../src/memory/sharedMemory.js';
import { imagesPerGeneration } from '../../src/model/imagesPerGeneration.js';
import { referencePlan } from '../../src/model/plan.js';
import { sizeOf } from '../../src/model/shape.js';
import { planState } from '../../src/model/stateLayout.js';

const plan = referencePlan();
const sizes = [
  { batchSize: 2, slices: 1, ranks: 1 },
  { batchSize: 7, slices: 8, ranks: 3 },
  { batchSize: 128, slices: 8, ranks: 2 },
  { batchSize: 32, slices: 64, ranks: 5 },
];

const listExchangeMemory = (kind: string, exchanges: SharedMemory['exchanges']): [string, Float32Array][] =>
  [...exchanges].flatMap(([name, { region, sums }]) => [
    [`${kind} ${name}`, region],
    [`${kind} ${name} sum`, sums],
  ]);

const regionsOf = (shared: SharedMemory): [string, Float32Array | Int32Array | Uint32Array][] => [
  ['control', shared.control],
  ['barrier', shared.barrier],
  ['state 0', shared.states[0]],
  ['state 1', shared.states[1]],
  ['batch', shared.batch],
  ['told', shared.told],
  ['images', shared.images],
  ['scores', shared.scores],
  ...listExchangeMemory('exchange', shared.exchanges),
  ...listExchangeMemory('gradient', shared.exchangesBack),
  ['summands', shared.summands],
  ...shared.scratch.map((region, rank) => [`scratch ${rank}`, region] as [string, Float32Array]),
];

test('regions lie apart, each at a multiple of 64 bytes, and none at address 0', () => {
  for (const size of sizes) {
    const regions = regionsOf(allocateMemory(plan, size)).filter(([, { length }]) => length > 0);
    regions.sort(([, a], [, b]) => a.byteOffset - b.byteOffset);
    let end = 64;
    for (const [name, { byteOffset, byteLength }] of regions) {
      assert.equal(byteOffset % 64, 0, name);
      assert.ok(byteOffset >= end, name);
      end = byteOffset + byteLength;
    }
  }
});

test('every view of the same memory has the same map', () => {
  for (const size of sizes) {
    const shared = allocateMemory(plan, size);
    const places = (memory: SharedMemory) =>
      regionsOf(memory).map(([name, { byteOffset, length }]) => [name, byteOffset, length]);
    assert.deepEqual(places(viewMemory(plan, size, shared.memory)), places(shared));
    shared.control[0] = 1;
    assert.equal(viewMemory(plan, size, shared.memory).control[0], 1);
  }
});

test('there is room for a batch and for the sample grid, for each state, and for the largest gradient of a slice', () => {
  for (const size of sizes) {
    const shared = allocateMemory(plan, size);
    const images = Math.max(size.batchSize, imagesPerGeneration);
    const layout = planState(plan, size.slices);
    assert.equal(shared.images.length, images * 784);
    assert.equal(shared.scores.length, images);
    assert.ok(shared.states.every(state => state.length === layout.length));
    for (const { name, role, owner } of plan.tensors) {
      if (role !== 'parameter' || owner === 'summed') continue;
      for (let slice = 0; slice < size.slices; slice++) {
        const { start, end } = layout.partOf(name, slice);
        assert.ok(
          shared.scratch.every(({ length }) => length >= end - start),
          name,
        );
      }
    }
  }
});

test('the summands of a slice lie apart and inside it', () => {
  const places = placeSummands(plan);
  let end = 0;
  for (const [name, { offset, stride }] of places) {
    assert.ok(offset >= end, name);
    end = offset + sizeOf(plan.tensors.find(tensor => tensor.name === name)!.shape);
    assert.ok(end <= stride, name);
  }
  assert.deepEqual(
    [...places.keys()],
    ['generator', 'discriminator'].flatMap(network =>
      ['conv_1/kernel', 'conv_1/bias', 'conv_2/kernel', 'conv_2/bias'].map(name => `${network}/${name}`),
    ),
  );
});
