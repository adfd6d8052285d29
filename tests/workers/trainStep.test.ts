import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { assertClose, assertSameNorms, normsOf } from './compareNorms.js';
import { initialState, type PlainState, plainStep } from './plainStep.js';
import { fingerprints, firstOrder, readImages, readTensors, runStep, startPool } from './startPool.js';

const toArrays = (state: PlainState) => new Map([...state].map(([name, t]) => [name, t.dataSync() as Float32Array]));

/** Three steps of both, on batches of unlike images. */
async function comparePlain(t: TestContext, discriminatorSteps: number, order: (step: number) => number[]) {
  const [seed, batchSize] = [7, 10];
  const pool = await startPool(t, { ranks: 2, batchSize, seed });
  const images = await readImages(1000);
  const state = initialState(seed);
  for (let step = 0; step < 3; step++) {
    const batch = order(step);
    const grey = Uint8Array.from(batch.flatMap(i => [...images.subarray(i * 784, (i + 1) * 784)]));
    const expected = plainStep(state, grey, { ...firstOrder, seed, step, discriminatorSteps });
    const actual = await runStep(pool, { step, seed, discriminatorSteps }, batch);
    assertClose(actual.dLoss, expected.dLoss, 1e-4, `D's loss of step ${step}`);
    assertClose(actual.gLoss, expected.gLoss, 1e-4, `G's loss of step ${step}`);
  }
  assertSameNorms(normsOf(readTensors(pool)), normsOf(toArrays(state)));
}

describe('a step is the plain step of tfjs and its derivatives', () => {
  const inOrder = (step: number) => Array.from({ length: 10 }, (_, i) => 10 * step + i);
  const outOfOrder = (step: number) => Array.from({ length: 10 }, (_, i) => (997 - 31 * i - 7 * step) % 1000);
  test('with one turn of D', t => comparePlain(t, 1, inOrder));
  test('with two turns of D', t => comparePlain(t, 2, inOrder));
  test('on images out of order', t => comparePlain(t, 1, outOfOrder));
});

test('a step reads only `current`, which it never writes, and writes all of `next`', async t => {
  const [seen, clean] = [await startPool(t, { batchSize: 6 }), await startPool(t, { batchSize: 6 })];
  for (const step of [0, 1]) {
    const [current, next] = [seen.current, seen.shared.states.find(state => state !== seen.current)!];
    const before = current.slice();
    next.fill(Number.NaN);
    await runStep(seen, { step, discriminatorSteps: 2 });
    await runStep(clean, { step, discriminatorSteps: 2 });
    assert.deepEqual(current, before);
    assert.equal(seen.current, next);
    assert.deepEqual(fingerprints(seen), fingerprints(clean));
  }
});

test('D stays as its own turn left it in G’s turn', async t => {
  // Noise and images decide D's turn; with the discriminator's loss equal, only G's turn could make D differ.
  const pool = await startPool(t, { batchSize: 6 });
  await runStep(pool, { step: 0 });
  const state = initialState(1);
  const images = await readImages(6);
  plainStep(state, images, { ...firstOrder, step: 0 });
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
