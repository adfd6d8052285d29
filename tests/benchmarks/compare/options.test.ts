import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contestants } from '../../../benchmarks/compare/contestants.js';
import { readOptions } from '../../../benchmarks/compare/options.js';

test('without options everybody is measured, five rounds in every cell', () => {
  const { batches, threads, rounds, only, steps } = readOptions([]);
  assert.deepEqual(
    { batches, threads, rounds, steps },
    { batches: [32, 128, 512], threads: [2, 1], rounds: 5, steps: undefined },
  );
  assert.deepEqual(
    only,
    contestants.map(({ name }) => name),
  );
});

test('a part of the comparison can be chosen', () => {
  const { batches, threads, only } = readOptions(['--batch', '8,16', '--threads', '1', '--only', 'keras,gan-dist']);
  assert.deepEqual({ batches, threads, only }, { batches: [8, 16], threads: [1], only: ['keras', 'gan-dist'] });
});

const wrong: [string[], string][] = [
  [['--batch', '32,x'], '--batch expects whole numbers from 2 on, found "x"'],
  [['--rounds', '0'], '--rounds expects whole numbers from 1 on, found "0"'],
  [['--only', 'jax'], `--only expects some of ${contestants.map(({ name }) => name).join(', ')}, found "jax"`],
  [['--colour'], "Unknown option '--colour' (--help says more)"],
];
for (const [args, message] of wrong) {
  test(`${args.join(' ')} is refused`, () => {
    assert.throws(
      () => readOptions(args),
      (error: Error) => error.message.replace(/'\. To specify.*(?= \()/s, "'") === message,
    );
  });
}
