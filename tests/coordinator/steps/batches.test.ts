import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../../src/config/readConfig.js';
import { planBatches } from '../../../src/coordinator/steps/batches.js';
import { shuffledOrder } from '../../../src/model/philox.js';

const { training } = resolveConfig({ set: ['training.batchSize=10'], cwd: '/' });

/** The batch of a place, by a plan that was asked for `before` first. */
function batch(epoch: number, number: number, shuffle: boolean, before: [number, number][] = []): number[] {
  const place = planBatches({ ...training, shuffle }, 109);
  const target = new Uint32Array(10);
  for (const [epoch, batch] of before) place(target, { step: 0, epoch, batch });
  place(target, { step: 0, epoch, batch: number });
  return [...target];
}

test('without shuffling, batches take the images in file order in every epoch', () => {
  assert.deepEqual(batch(0, 2, false), [20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  assert.deepEqual(batch(5, 2, false), batch(0, 2, false));
});

test('with shuffling, batches take the order of their epoch, whatever batch came before', () => {
  const order = [...shuffledOrder(1, 3, 109)];
  assert.deepEqual(batch(3, 2, true), order.slice(20, 30));
  const before: [number, number][] = [
    [2, 9],
    [3, 0],
    [4, 0],
  ];
  assert.deepEqual(batch(3, 2, true, before), order.slice(20, 30));
  assert.notDeepEqual(batch(4, 2, true), batch(3, 2, true));
});

test('a shuffled epoch shows no image twice', () => {
  const shown = Array.from({ length: 10 }, (_, number) => batch(1, number, true)).flat();
  assert.equal(new Set(shown).size, 100);
});
