import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../packageRoot.js';

describe('the test runner', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'gan-dist-tests-'));
    cpSync(fileURLToPath(new URL('scripts', packageRoot)), path.join(root, 'scripts'), { recursive: true });
    mkdirSync(path.join(root, 'dist/tests/store'), { recursive: true });
    writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
    write(
      'good',
      `describe('suite', () => { it('one', () => {}); it('two', () => {}); it.skip('three', () => {}); });`,
    );
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(name: string, code: string): void {
    const imports = `import { describe, it, before } from 'node:test';\n`;
    writeFileSync(path.join(root, `dist/tests/store/${name}.test.js`), imports + code);
  }

  function runTests(...filters: string[]) {
    // Node marks the processes of its own test runner by these, and a runner inside one reports in another language.
    const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/test.mjs', ...filters], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr, last: stdout.trimEnd().split('\n').at(-1) };
  }

  it('ends with the count of tests, without the suites', () => {
    const { status, last, output } = runTests();
    assert.equal(last, '2 passed, 0 failed, 1 skipped', output);
    assert.equal(status, 0);
  });

  it('counts a test that fails once, shows why, and exits 1', () => {
    write('bad', `describe('suite', () => { it('breaks', () => { throw new Error('the reason'); }); });`);
    const { status, last, output } = runTests();
    assert.equal(last, '2 passed, 1 failed, 1 skipped');
    assert.match(output, /the reason/);
    assert.equal(status, 1);
  });

  it('counts a file that cannot be loaded as failed', () => {
    write('broken', `import './missing.js';`);
    const { status, last } = runTests('broken');
    assert.equal(last, '0 passed, 1 failed');
    assert.equal(status, 1);
  });

  it('counts a suite whose hook throws as failed', () => {
    write('hook', `describe('suite', () => { before(() => { throw new Error('no'); }); it('x', () => {}); });`);
    const { status, last } = runTests('hook');
    assert.match(last ?? '', /^0 passed, [12] failed$/);
    assert.equal(status, 1);
  });

  it('runs only the files whose path has one of the words, and fails if none has', () => {
    write('bad', `it('breaks', () => { throw new Error('the reason'); });`);
    assert.equal(runTests('store/good').last, '2 passed, 0 failed, 1 skipped');
    const { status, output } = runTests('nothing-like-it');
    assert.equal(output, 'No test file has nothing-like-it in its path.\n');
    assert.equal(status, 1);
  });
});
