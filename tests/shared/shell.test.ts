import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { quoteForShell } from '../../src/shared/shell.js';

/** What bash makes of words, each as one argument. */
const typed = (words: readonly string[]): string[] =>
  spawnSync('bash', ['-c', `printf '%s\\0' ${words.map(quoteForShell).join(' ')}`], { encoding: 'utf8' })
    .stdout.split('\0')
    .slice(0, -1);

test('plain words stay as they are, and others are quoted', () => {
  for (const [word, quoted] of [
    ['runs/mnist.zarr', 'runs/mnist.zarr'],
    ['data.dir=/a', 'data.dir=/a'],
    ['=a', "'=a'"],
    ["it's", "'it'\\''s'"],
    ['~/a', "'~/a'"],
    ['a\nb', "$'a\\012b'"],
  ] as const)
    assert.equal(quoteForShell(word), quoted);
});

test('whatever the name, the shell takes it for that one word', () => {
  const unit = fc.constantFrom(...`aZ09 '"\\$\`!*?[]{}()<>|&;#~=-_\t\n\r\x1b\x7fäß😀`);
  const word = fc.oneof(
    fc.string({ unit, minLength: 1, maxLength: 20 }),
    fc.string({ unit: 'grapheme', minLength: 1 }),
  );
  fc.assert(
    fc.property(
      fc.array(
        word.filter(text => !text.includes('\0')),
        { minLength: 1, maxLength: 50 },
      ),
      words => assert.deepEqual(typed(words), words),
    ),
    { numRuns: 40 },
  );
});
