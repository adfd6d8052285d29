/** The program as npx finds it in a clone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../packageRoot.js';

const program = fileURLToPath(new URL('scripts/gan-dist.mjs', packageRoot));

test('before set-up it says what to do', t => {
  const clone = `${realpathSync(mkdtempSync(join(tmpdir(), 'gan-dist-program-')))}/`;
  t.after(() => rmSync(clone, { recursive: true }));
  for (const name of ['scripts', 'package.json']) {
    cpSync(fileURLToPath(new URL(name, packageRoot)), join(clone, name), { recursive: true });
  }
  const { status, stderr } = spawnSync(join(clone, 'scripts/gan-dist.mjs'), ['doctor'], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [1, `gan-dist: not set up yet: run "npm run setup" in ${clone} first\n`]);
});

test('after it, it is the command line', () => {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  assert.deepEqual([status, /^\d+\.\d+\.\d+\n$/.test(stdout)], [0, true]);
  assert.ok(statSync(program).mode & 0o100, 'npx runs it as a program');
});
