/** Set up by root, run by a user id that has no name and no home, as in many containers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../packageRoot.js';
import { main, makeTemporaryFolder } from './program.js';

const root = fileURLToPath(packageRoot);
const nameless = [
  'setpriv',
  '--reuid=54321',
  '--regid=54321',
  '--clear-groups',
  'env',
  '-i',
  `PATH=${process.env.PATH}`,
];

/** Why the test cannot be made here. */
function reason(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  if (spawnSync('setpriv', ['--version']).status !== 0) return 'setpriv is not here';
  return mayAll(root) ? undefined : 'other users may not read this clone';
}

/** Whether every user may look into a folder. */
function mayAll(folder: string): boolean {
  const isOpen = (statSync(folder).mode & constants.S_IXOTH) !== 0;
  return isOpen && (dirname(folder) === folder || mayAll(dirname(folder)));
}

function run(cwd: string, ...args: string[]) {
  const [program, ...before] = nameless;
  return spawnSync(program!, [...before, process.execPath, ...args], { cwd, encoding: 'utf8' });
}

const skip = reason();

test('a user without a home is told in a sentence what to set, by every command that would need one', { skip }, () => {
  const folder = makeTemporaryFolder();
  chmodSync(folder, 0o777);
  const home = /^gan-dist: this user has no home folder, where MNIST would be kept: set XDG_CACHE_HOME to /;
  for (const args of [
    ['train', '--steps=1'],
    ['data', 'fetch'],
  ]) {
    const { status, stderr } = run(folder, main, ...args);
    assert.deepEqual([status, stderr.split('\n').length], [1, 2], stderr);
    assert.match(stderr, home);
  }
  const { stdout, stderr } = run(folder, main, 'doctor');
  assert.match(stdout, /^-- {2}mnist +this user has no home folder/m);
  assert.equal(stderr, '');
});

test('who cannot read the engine is told how to set it up, and who can trains with it', { skip }, () => {
  const folder = makeTemporaryFolder();
  chmodSync(folder, 0o777);
  const small = ['--set=data.source=mnist-10k', '--set=training.batchSize=8', '--steps=1', '--workers=1'];
  const { status, stderr } = run(folder, main, 'train', '--run=r.zarr', ...small);
  if (status === 0) return accessSync(join(folder, 'r.zarr/.zmetadata'));
  assert.match(
    stderr,
    /^gan-dist: TensorFlow could not be loaded: it is in \S+, which this user \(54321\) may not read\. Set it up with XDG_CACHE_HOME=/,
  );
  const setup = run(folder, join(root, 'scripts/setup.mjs'), '--quick');
  assert.equal(setup.status, 1);
  assert.match(
    setup.stderr,
    /^TensorFlow is in \S+, which this user \(54321\) may not read\. Run set-up as the user who/m,
  );
  assert.doesNotMatch(setup.stderr, /\n\s+at /);
});
