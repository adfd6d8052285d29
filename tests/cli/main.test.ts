import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { main, makeTemporaryFolder } from './program.js';

/**
 * What is here takes part in every start of the program: what a command needs beyond it, the
 * command loads when it runs.
 */
const atStart = [
  'cli/commands/bench.js',
  'cli/commands/data.js',
  'cli/commands/diff.js',
  'cli/commands/doctor.js',
  'cli/commands/export.js',
  'cli/commands/film.js',
  'cli/commands/generate.js',
  'cli/commands/import.js',
  'cli/commands/inspect.js',
  'cli/commands/publish.js',
  'cli/commands/replay.js',
  'cli/commands/resume.js',
  'cli/commands/train.js',
  'cli/commands/view.js',
  'cli/createProgram.js',
  'cli/doctor/packageScripts.js',
  'cli/main.js',
  'cli/options/configHelp.js',
  'cli/options/options.js',
  'cli/terminal/hangup.js',
  'cli/terminal/printable.js',
  'cli/terminal/statusLine.js',
  'cli/terminal/terminal.js',
  'config/config.js',
  'config/valueKinds.js',
  'shared/errors.js',
  'shared/limits.js',
  'shared/shell.js',
];

for (const args of [['--help'], ['train', '--help'], ['generate', '--help'], ['--version']]) {
  test(`${args.join(' ')} loads the commands, commander and the config keys, and no more`, () => {
    const files = filesLoaded(...args);
    const ours = files.filter(file => file.includes('/dist/src/')).map(file => file.split('/dist/src/')[1]);
    assert.deepEqual(ours.sort(), atStart);
    const packages = files.map(file => file.match(/\/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
    assert.deepEqual([...new Set(packages.filter(name => name !== undefined))], ['commander']);
  });
}

/** The files that the program loads, as V8 lists them when it counts what was run. */
function filesLoaded(...args: string[]): string[] {
  const folder = makeTemporaryFolder();
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  const reports = readdirSync(folder).map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  return reports.flatMap(({ result }: { result: { url: string }[] }) => result.map(({ url }) => url));
}
