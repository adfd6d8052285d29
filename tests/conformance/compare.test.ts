import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compare, isWithin } from './compare.js';
import { formatTable } from './table.js';
import type { State, Trajectory } from './trajectory.js';

/** Norms 5, 3 and 4: the kernel's allows its bias 5e-3. */
const start = { 'generator/conv_1/kernel': [3, 4], 'generator/conv_1/bias': [0.5], 'discriminator/conv_1/kernel': [4] };
const trained = { ...start, 'generator/conv_1/kernel': [0, 5], 'discriminator/conv_1/kernel': [5] };

interface Change {
  start?: Record<string, number[]>;
  trained?: Record<string, number[]>;
  /** Added to D's loss of a step. */
  loss?: [step: number, by: number];
}

function trajectory(change: Change = {}): Trajectory {
  const dLoss = new Array(60).fill(0.5);
  if (change.loss) dLoss[change.loss[0]] += change.loss[1];
  const states = [
    { ...start, ...change.start },
    { ...trained, ...change.trained },
  ].map(toState);
  return { madeBy: 'a test', dLoss, gLoss: new Array(60).fill(0.7), readState: async after => states[after && 1]! };
}

const toState = (tensors: Record<string, number[]>): State =>
  new Map(Object.entries(tensors).map(([name, values]) => [name, Float32Array.from(values)]));

const compareWith = (change: Change, steps = 60) => compare(trajectory(change), trajectory(), steps);

describe('the rule', () => {
  const cases: [string, Change, boolean][] = [
    ['allows what is equal', {}, true],
    ['allows a loss 0.9e-4 off in step 29', { loss: [29, 0.9e-4] }, true],
    ['does not allow a loss 1.1e-4 off in step 29', { loss: [29, -1.1e-4] }, false],
    ['allows a loss 2.9e-4 off in step 30', { loss: [30, 2.9e-4] }, true],
    ['does not allow a loss 3.1e-4 off in step 59', { loss: [59, 3.1e-4] }, false],
    ['does not allow a loss that is no number', { loss: [3, Number.NaN] }, false],
    ['allows a bias what its kernel may', { trained: { 'generator/conv_1/bias': [0.5049] } }, true],
    ['does not allow a bias more than its kernel', { trained: { 'generator/conv_1/bias': [0.5051] } }, false],
    ['does not allow a tensor that is no number', { trained: { 'generator/conv_1/bias': [Number.NaN] } }, false],
    ['does not allow another bit at the start', { start: { 'generator/conv_1/bias': [0.50000006] } }, false],
  ];
  for (const [title, change, isAllowed] of cases) {
    test(title, async () => assert.equal(isWithin(await compareWith(change)), isAllowed));
  }

  test('wants the same tensors on both sides', async () => {
    assert.ok(!isWithin(await compareWith({ trained: { 'generator/conv_2/bias': [0] } })));
  });
});

test('of a comparison that is short, the first 30 steps are all there is', async () => {
  const { losses, states } = await compareWith({ loss: [12, 2e-4] }, 12);
  assert.deepEqual(losses, [{ until: 12, name: 'D, step 0', gap: 0, allowed: 1e-4 }]);
  assert.deepEqual(
    states.map(({ after }) => after),
    [12],
  );
});

test('tensors of equal norms that are not equal are apart', async () => {
  const { states } = await compareWith({ trained: { 'generator/conv_1/kernel': [5, 0] } });
  // The way from [3, 4] to [0, 5] is sqrt(10), and from there to [5, 0] it is sqrt(50).
  const apart = { generator: Math.sqrt(5), discriminator: 0 };
  assert.deepEqual(
    states.map(state => state.apart),
    [apart, apart],
  );
});

test('the table says for each case how much of what is allowed was used, and by what', async () => {
  const systems = ['this', 'that'];
  const change = { loss: [31, 1.5e-4] as [number, number], trained: { 'discriminator/conv_1/kernel': [5.001] } };
  const rows = [
    { name: 'near', systems, ...(await compareWith(change)) },
    { name: 'short', systems, ...(await compareWith(change, 30)) },
    { name: 'far', systems, ...(await compareWith({ ...change, start: { 'generator/conv_1/bias': [1] } })) },
  ];
  const found = [
    '0.0e+0 = 0 % (D, step 0)',
    '1.5e-4 = 50 % (D, step 31)',
    '20 % (discriminator/conv_1/kernel)',
    '20 % (discriminator/conv_1/kernel)',
    'G 0 %, D 0.1 %',
    'G 0 %, D 0.1 %',
  ].join(' | ');
  assert.equal(
    formatTable(rows),
    `\
| case | at the start | losses of 30 steps, ± 1e-4 | losses of 60 steps, ± 3e-4 | norms after 30 steps | norms after 60 steps | apart after 30 | apart after 60 | rule |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| near | same bits | ${found} | within |
| short | same bits | 0.0e+0 = 0 % (D, step 0) | – | 20 % (discriminator/conv_1/kernel) | – | G 0 %, D 0.1 % | – | within |
| far | other bits: generator/conv_1/bias | ${found} | **OUTSIDE** |`,
  );
});
