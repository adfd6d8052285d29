import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSeconds } from '../../src/cli/progress.js';

test('the time left is rounded up, and never has 60 seconds or minutes', () => {
  const texts = {
    '0': '0 s',
    '0.2': '1 s',
    '58.7': '59 s',
    '59.5': '1 min 0 s',
    '61': '1 min 1 s',
    '119.5': '2 min 0 s',
    '3598.1': '59 min 59 s',
    '3599.5': '1 h 0 min',
    '3601': '1 h 1 min',
    '7199': '2 h 0 min',
  };
  const described = Object.keys(texts).map(seconds => [seconds, describeSeconds(Number(seconds))]);
  assert.deepEqual(Object.fromEntries(described), texts);
});
