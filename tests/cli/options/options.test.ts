import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, parseCount, pathOption } from '../../../src/cli/options/options.js';

test('a count is an integer of at least 1, or not given', () => {
  assert.equal(parseCount('--steps', undefined), undefined);
  assert.equal(parseCount('--steps', '1'), 1);
  assert.equal(parseCount('--steps', '1e3'), 1000);
  for (const text of ['0', '-1', '1.5', '100000001', '""', '" 1"', '"many"']) {
    const message = `--steps expects an integer from 1 to 100000000, found ${text}`;
    assert.throws(() => parseCount('--steps', text.replaceAll('"', '')), { name: 'UsageError', message }, text);
  }
});

test('a path is not empty', () => {
  assert.equal(pathOption('--out')('a.png'), 'a.png');
  assert.throws(() => pathOption('--out')(''), { name: 'UsageError', message: '--out expects a path, found ""' });
});

test('an option that is repeated is gathered in its order', () => {
  assert.deepEqual(collect('b', collect('a')), ['a', 'b']);
});
