/** The program as npx finds it in a clone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
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

test('commands that it tells people to type can be typed where it was called', t => {
  const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), 'gan-dist-program-')));
  t.after(() => rmSync(elsewhere, { recursive: true }));
  const linked = join(elsewhere, 'gan-dist');
  symlinkSync(program, linked);
  const advice = (cwd: string, script: string, PATH = process.env.PATH) => {
    const { npm_command: _, GAN_DIST_PROGRAM: __, ...env } = process.env;
    const args = [script, 'train', '--set=data.dir=/nowhere', '--run=r.zarr', '--steps=1'];
    const { stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env: { ...env, PATH } });
    return /get it with (.*) data fetch/.exec(stderr)?.[1];
  };
  assert.equal(advice(fileURLToPath(new URL('docs', packageRoot)), program), 'npx gan-dist');
  assert.equal(advice(elsewhere, program), `node ${program}`);
  assert.equal(advice(elsewhere, linked, `${process.env.PATH}:${elsewhere}`), 'gan-dist');
});
