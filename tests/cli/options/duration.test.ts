import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../../src/cli/options/duration.js';
import { UsageError } from '../../../src/shared/errors.js';

test('a length of time is read as people and Slurm write it', () => {
  const lengths = {
    '11h': 39_600,
    '1h30m': 5400,
    '90m': 5400,
    '45s': 45,
    '1d12h': 129_600,
    '00:10:00': 600,
    '1-12:00:00': 129_600,
  };
  for (const [text, seconds] of Object.entries(lengths)) assert.equal(parseDuration('--max-time', text), seconds, text);
});

test('what may mean two things, or nothing, is refused', () => {
  for (const text of ['', '90', '30m1h', '1.5h', '10:00', '0s', '-1h', '11 h', '400d', '1:60:00'])
    assert.throws(() => parseDuration('--max-time', text), UsageError, text);
});
