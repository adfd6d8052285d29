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
  'cli/bench.js',
  'cli/configHelp.js',
  'cli/createProgram.js',
  'cli/data.js',
  'cli/diff.js',
  'cli/doctorCommand.js',
  'cli/export.js',
  'cli/film.js',
  'cli/generate.js',
  'cli/hangup.js',
  'cli/import.js',
  'cli/inspect.js',
  'cli/main.js',
  'cli/options.js',
  'cli/packageScripts.js',
  'cli/printable.js',
  'cli/publish.js',
  'cli/replay.js',
  'cli/resume.js',
  'cli/statusLine.js',
  'cli/terminal.js',
  'cli/train.js',
  'cli/view.js',
  'shared/config.js',
  'shared/configKinds.js',
  'shared/errors.js',
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
