import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { normsOf } from '../../src/model/comparison/closeness.js';
import { assertClose, assertSameNorms } from './compareNorms.js';
import { initialState, type PlainState, plainStep } from './plainStep.js';
import { fingerprints, firstOrder, hash, readImages, readTensors, runStep, startPool } from './startPool.js';

const toArrays = (state: PlainState) => new Map([...state].map(([name, t]) => [name, t.dataSync() as Float32Array]));

interface Case {
  batchSize: number;
  slices?: number;
  discriminatorSteps?: number;
  /** The image of place `i` in the batch of `step`. */
  image?: (step: number, i: number) => number;
}

/** Three steps of both. */
async function assertPlain(t: TestContext, setting: Case): Promise<void> {
  const { batchSize, slices = 8, discriminatorSteps = 1, image = (step, i) => batchSize * step + i } = setting;
  const seed = 7;
  const pool = await startPool(t, { ranks: Math.min(2, slices), slices, batchSize, seed });
  const images = await readImages(1000);
  const state = initialState(seed);
  for (let step = 0; step < 3; step++) {
    const batch = Array.from({ length: batchSize }, (_, i) => image(step, i));
    const grey = Uint8Array.from(batch.flatMap(i => [...images.subarray(i * 784, (i + 1) * 784)]));
    const expected = plainStep(state, grey, { ...firstOrder.optimizers.generator, seed, step, discriminatorSteps });
    const actual = await runStep(pool, { step, seed, discriminatorSteps }, batch);
    for (const name of ['dLoss', 'gLoss', 'dReal', 'dFake'] as const) {
      assertClose(actual[name], expected[name], 1e-4, `${name} of step ${step}`);
    }
  }
  assertSameNorms(normsOf(readTensors(pool)), normsOf(toArrays(state)));
}

describe('a step is the plain step of tfjs and its derivatives', () => {
  test('with a turn of D for each of G', t => assertPlain(t, { batchSize: 10 }));
  test('with two turns of D', t => assertPlain(t, { batchSize: 10, discriminatorSteps: 2 }));
  test('in one slice, on images out of order', t =>
    assertPlain(t, { batchSize: 10, slices: 1, image: (step, i) => (997 - 31 * i - 7 * step) % 1000 }));
  test('with fewer images than slices', t => assertPlain(t, { batchSize: 3, discriminatorSteps: 2 }));
});

test('a step reads only `current`, which it never writes, and writes all of `next`', async t => {
  const [seen, clean] = [await startPool(t, { batchSize: 6 }), await startPool(t, { batchSize: 6 })];
  for (const step of [0, 1]) {
    const [current, next] = [seen.current, seen.shared.states.find(state => state !== seen.current)!];
    const before = hash(current);
    next.fill(Number.NaN);
    await runStep(seen, { step, discriminatorSteps: 2 });
    await runStep(clean, { step, discriminatorSteps: 2 });
    assert.equal(hash(current), before);
    assert.ok(seen.current === next);
    assert.deepEqual(fingerprints(seen), fingerprints(clean));
  }
});

test("G's turn leaves D as D's turn left it", async t => {
  const pool = await startPool(t, { batchSize: 6 });
  await runStep(pool, { step: 0 });
  const state = initialState(1);
  const images = await readImages(6);
  plainStep(state, images, { ...firstOrder, ...firstOrder.optimizers.generator, step: 0 });
  const [ours, plain] = [readTensors(pool), toArrays(state)];
  for (const [name, data] of ours) {
    if (!name.startsWith('discriminator/')) continue;
    const largest = data.reduce((most, value, i) => Math.max(most, Math.abs(value - plain.get(name)![i]!)), 0);
    assert.ok(largest < 1e-6, `${name} differs by ${largest}`);
  }
});

test('no step leaves a tensor behind', async t => {
  const pool = await startPool(t, { batchSize: 6 });
  const counts: number[][] = [];
  for (let step = 0; step < 10; step++) {
    await runStep(pool, { step, discriminatorSteps: 2 });
    if (step >= 2) counts.push((await pool.countTensors()).sort());
  }
  assert.equal(counts[0]!.length, 2);
  for (const count of counts) assert.deepEqual(count, counts[0]);
});
