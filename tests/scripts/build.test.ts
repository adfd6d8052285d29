import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { packageRoot } from '../packageRoot.js';

const { removeOrphans } = await import(new URL('scripts/setup/build.mjs', packageRoot).href);
const { isInstalled } = await import(new URL('scripts/setup/dependencies.mjs', packageRoot).href);

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gan-dist-build-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(name: string, content = ''): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), content);
}

describe('removeOrphans', () => {
  it('removes compiled files whose source is gone, and nothing else', () => {
    write('tests/store/kept.test.ts');
    const kept = ['kept.test.js', 'kept.test.js.map', 'kept.test.d.ts', 'data.bin'].map(
      name => `dist/tests/store/${name}`,
    );
    const gone = ['gone.test.js', 'gone.test.js.map', 'gone.test.d.ts'].map(name => `dist/tests/store/${name}`);
    for (const name of [...kept, ...gone]) write(name);
    removeOrphans(root);
    assert.deepEqual(
      kept.filter(name => !existsSync(path.join(root, name))),
      [],
    );
    assert.deepEqual(
      gone.filter(name => existsSync(path.join(root, name))),
      [],
    );
  });
});

describe('isInstalled', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/other-cpu': { version: '1.0.0', optional: true },
  };
  const lock = (packages: object) => JSON.stringify({ packages });
  beforeEach(() => write('package-lock.json', lock(wanted)));

  it('is true when npm recorded the versions of the lockfile', () => {
    write('node_modules/.package-lock.json', lock({ 'node_modules/a': { version: '1.0.0' } }));
    assert.equal(isInstalled(root), true);
  });

  for (const [what, installed] of [
    ['another version', { 'node_modules/a': { version: '1.0.1' } }],
    ['a missing package', {}],
    ['a package too many', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } }],
  ] as const) {
    it(`is false for ${what}`, () => {
      write('node_modules/.package-lock.json', lock(installed));
      assert.equal(isInstalled(root), false);
    });
  }

  it('is false without a record, as after an interrupted npm ci', () => {
    write('node_modules/a/package.json');
    assert.equal(isInstalled(root), false);
  });
});
