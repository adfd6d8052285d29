/**
 * Whole command lines, drawn from the flags that there are and from nonsense, through the real parser and the real
 * commands: one is refused, by commander or by a tagged error of one line, for none of them names a run that is there.
 *
 *     GAN_DIST_PROPERTY_RUNS=5000 node --test dist/tests/cli/commandLines.test.js
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import fc from 'fast-check';
import { createProgram } from '../../src/cli/createProgram.js';
import { GanDistError } from '../../src/shared/errors.js';
import { makeTemporaryFolder, runProgram } from './program.js';

const numRuns = Number(process.env.GAN_DIST_PROPERTY_RUNS || 300);
const folder = makeTemporaryFolder();
const file = join(folder, 'file.zarr');
writeFileSync(file, 'no run');

const flags = ['--config', '--run', '--workers', '--epochs', '--steps', '--set', '--resume', '--overwrite', '--json'];
flags.push(
  '--count',
  '--nice',
  '--seed',
  '--step',
  '--out',
  '--verify',
  '--array',
  '--png',
  '--from',
  '--to',
  '--data-dir',
);
flags.push(
  '--discriminator',
  '--format',
  '--dir',
  '--fps',
  '--scale',
  '--strip',
  '--help',
  '-h',
  '-x',
  '--',
  '--no-json',
  '--__proto__',
  '--set=',
  '--constructor',
);
const number = fc.oneof(
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom('1e3', '1e999', '0x10', '٣', ' 1'),
);
const setting = fc.constantFrom(
  'training.seed=7',
  'training.batchSize=0',
  '__proto__.x=1',
  'a=b',
  '=',
  'data.limit=none',
);
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '-', '../..', 'a\0b', 'x@y@1', '\x1b[2J'),
);
const word = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...flags) }, number, setting, text);
const counted = fc.constantFrom(
  '--fps',
  '--scale',
  '--frames',
  '--steps',
  '--count',
  '--seed',
  '--step',
  '--workers',
  '--epochs',
);
/** A flag alone with a value reaches the command itself; of many words, commander refuses one. */
const words = fc.oneof(
  fc.array(word, { maxLength: 6 }),
  fc.tuple(counted, number),
  fc.tuple(fc.constant('--set'), fc.oneof(setting, text)),
);
/** What each command must have so that it can never find something to work on. */
const commands = fc.oneof(
  fc.constant(['train', '--run', file]),
  fc.constantFrom(
    ['train', '--run', file],
    ['resume', file],
    ['generate', file],
    ['inspect', file],
    ['film', file],
    ['export', file],
  ),
  fc.constantFrom(
    ['diff', file, file],
    ['replay', file, '--from', '0', '--to', '1'],
    ['diff', `${file}@x`],
    ['import', file, '--run', file],
    ['data'],
    ['data', 'x'],
    ['none'],
    [],
  ),
);

test('whatever the command line, it is refused in one line, and nothing is thrown that is a bug', async () => {
  const write = process.stderr.write;
  const writeOut = process.stdout.write;
  await fc.assert(
    fc.asyncProperty(commands, words, async (command, words) => {
      // The last --run counts.
      const line = command[0] === 'train' ? ['train', ...words, '--run', file] : [...command, ...words];
      process.stderr.write = process.stdout.write = () => true;
      try {
        await createProgram().parseAsync(line, { from: 'user' });
        assert.fail('it was accepted');
      } catch (error) {
        if (error instanceof CommanderError) return;
        assert.ok(error instanceof GanDistError, error instanceof Error ? error.stack : String(error));
        assert.match(error.message, /^[^\n]+$/);
        assert.ok(error.exitCode === 1 || error.exitCode === 2);
      } finally {
        process.stderr.write = write;
        process.stdout.write = writeOut;
      }
    }),
    { numRuns },
  );
});

test('wrong command lines end the real program with 2 and a line', () => {
  for (const [line, expected] of [
    [
      ['train', '--steps', '1e999', '--run', file],
      'gan-dist: --steps expects an integer from 1 to 100000000, found Infinity',
    ],
    [['generate', file, '--count', '٣'], 'gan-dist: --count expects an integer from 1 to 10000, found "٣"'],
    [
      ['train', '--set', '__proto__.x=1'],
      'gan-dist: --set: config key "__proto__.x" is unknown, the nearest valid one is',
    ],
    [['diff', file], "gan-dist: missing required argument 'run_b[@step]'"],
  ] as const) {
    const { status, stdout, stderr } = runProgram(folder, ...line);
    assert.deepEqual([status, stdout], [2, ''], stderr);
    assert.ok(stderr.startsWith(expected), stderr);
  }
});
