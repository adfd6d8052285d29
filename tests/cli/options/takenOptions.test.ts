import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/createProgram.js';

const everyCommand = (command: Command, path: string[] = []): [string[], Command][] => [
  [path, command],
  ...command.commands.flatMap(child => everyCommand(child, [...path, child.name()])),
];

for (const [path, command] of everyCommand(createProgram())) {
  for (const { long, required } of command.options) {
    if (!required) continue;
    test(`${path.join(' ')} ${long} takes no option for its value`, async () => {
      for (const taken of ['--json', '--overwrite', '-x', '--']) {
        await assert.rejects(createProgram().parseAsync([...path, long!, taken], { from: 'user' }), {
          name: 'UsageError',
          message: `${long} expects a value, found "${taken}", which is an option; if that is the value, write ${long}=${taken}`,
        });
      }
    });
  }
}

test('a value that looks like an option can be meant, and a number may be negative', async () => {
  const outcome = (...words: string[]) =>
    createProgram()
      .parseAsync(words, { from: 'user' })
      .then(
        () => 'accepted',
        (error: Error) => error.message,
      );
  assert.equal(await outcome('inspect', '/none', '--png=--json'), 'there is no run at /none');
  assert.equal(await outcome('inspect', '--png=-x', '--', '/none'), 'there is no run at /none');
  assert.match(await outcome('train', '--steps', '-1'), /^--steps expects an integer .*, found -1$/);
});
