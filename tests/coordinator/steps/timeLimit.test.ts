import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TimeLimit } from '../../../src/coordinator/steps/timeLimit.js';

/** A limit of 100 s, and what sets its clock. */
function start(t: TestContext) {
  let now = 5000;
  t.mock.method(performance, 'now', () => now);
  const limit = new TimeLimit(100);
  return { limit, at: (seconds: number) => (now = 5000 + 1000 * seconds) };
}

test('twice the longest step and commit so far, and three seconds, are kept free', t => {
  const { limit, at } = start(t);
  for (const stepMs of [2000, 4000, 3000]) limit.noteStep({ stepMs });
  at(78.9);
  assert.equal(limit.isNear(5000), false);
  at(79.1);
  assert.equal(limit.isNear(5000), true);
  assert.equal(limit.isNear(1000), false);
});

test('without a limit there is always time', () => {
  assert.equal(new TimeLimit(undefined).isNear(1e9), false);
});
