import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeBytes, describeMaths } from '../../../src/cli/doctor/checkItself.js';
import type { SelfTest } from '../../../src/coordinator/proof/selfTest.js';

const gap = { actual: 1, expected: 1, gap: 2e-5, allowed: 1e-4 };
const good: SelfTest = {
  workers: [1, 4],
  steps: 10,
  fingerprint: 0x123n,
  differences: [],
  loss: { ...gap, name: "D's loss of step 3" },
  norm: { ...gap, name: 'generator/conv_1/bias' },
};

test('bytes that are the same are ok, with a fingerprint that other machines can compare', () => {
  const found = '10 steps with 1 and with 4 workers: the same bytes, fingerprint 0000000000000123';
  assert.deepEqual(describeBytes(good), { name: 'bytes', state: 'ok', found });
});

test('bytes that are not the same fail, and name the tensor', () => {
  const tensor = { name: 'generator/conv_1/kernel', size: 10, differing: 3, largest: 1e-9 };
  assert.deepEqual(describeBytes({ ...good, differences: [tensor, tensor] }), {
    name: 'bytes',
    state: 'failed',
    found: '10 steps with 1 and with 4 workers: generator/conv_1/kernel (and 1 more) is not the same, by up to 1e-9',
    advice: 'The promise of the same bytes is broken on this machine: please report it, with all these lines.',
  });
});

test('maths that is near the reference is ok, and how near is said', () => {
  const found =
    '10 steps against the reference in Keras: losses within 0.00002 (0.0001 is allowed), norms of all tensors within 0.0002 of their size (0.001)';
  assert.deepEqual(describeMaths(good), { name: 'maths', state: 'ok', found });
});

test('maths that is not the reference’s fails, and names what is farthest', () => {
  const { state, found, advice } = describeMaths({ ...good, loss: { ...good.loss, gap: 2e-4 } });
  assert.equal(state, 'failed');
  assert.match(found, /; the farthest are D's loss of step 3 and generator\/conv_1\/bias$/);
  assert.match(advice!, /^This machine does not compute what the reference does/);
  assert.equal(describeMaths({ ...good, norm: { ...good.norm, gap: Number.NaN } }).state, 'failed');
});
