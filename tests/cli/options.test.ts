import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, parseCount } from '../../src/cli/options.js';

test('a count is a whole number of at least 1, or not given', () => {
  assert.equal(parseCount('--steps', undefined), undefined);
  assert.equal(parseCount('--steps', '1'), 1);
  assert.equal(parseCount('--steps', '9007199254740991'), 2 ** 53 - 1);
  for (const text of ['', '0', '-1', '1.5', '1e3', ' 1', 'many', '9007199254740992']) {
    const message = `--steps expects a whole number of at least 1, found "${text}"`;
    assert.throws(() => parseCount('--steps', text), { name: 'UsageError', message }, text);
  }
});

test('an option that is repeated is gathered in its order', () => {
  assert.deepEqual(collect('b', collect('a')), ['a', 'b']);
});
