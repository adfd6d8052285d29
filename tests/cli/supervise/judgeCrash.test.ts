import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCrash } from '../../../src/cli/supervise/judgeCrash.js';

/** What is decided after each of the crashes in these steps. */
const judge = (steps: (number | undefined)[], maxRestarts: number) =>
  steps.map((_, last) => {
    const crashes = steps.slice(0, last + 1).map(step => ({ how: 'was ended by SIGSEGV', step }));
    const verdict = judgeCrash(crashes, maxRestarts);
    return 'giveUp' in verdict ? verdict.giveUp : verdict.restartAfterSeconds;
  });

test('the delay grows while crashes bring the run no further, and is short again after progress', () => {
  assert.deepEqual(judge([7, 5, 7, 6, 6, 3, 8, 2], 99), [0.5, 1, 2, 4, 8, 16, 0.5, 1]);
  const never = Array.from({ length: 12 }, (_, i) => i % 2);
  assert.deepEqual(judge(never, 99).slice(-4), [60, 60, 60, 60]);
});

test('so many restarts are allowed, and no more', () => {
  assert.deepEqual(judge([1, 2, 3], 2), [0.5, 0.5, '--max-restarts 2 allows no further restart']);
  assert.deepEqual(judge([1], 0), ['--max-restarts 0 allows no further restart']);
});

test('three crashes in a row in one step, or before the first, end it early', () => {
  const why = 'times in a row: another restart would not help';
  assert.deepEqual(judge([4, 9, 9, 9], 99), [0.5, 0.5, 1, `it crashed in step 9 3 ${why}`]);
  assert.deepEqual(judge([undefined, undefined, undefined], 99), [0.5, 1, `it crashed before its first step 3 ${why}`]);
  assert.deepEqual(judge([9, 9, 4, 9], 99), [0.5, 1, 2, 4]);
});
