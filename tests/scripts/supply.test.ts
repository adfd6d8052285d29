/** What is installed besides our own code: docs/supply.md says the same to people. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packageRoot } from '../packageRoot.js';

interface Package {
  version: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
}

const read = (name: string) => readFileSync(new URL(name, packageRoot), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const installed = Object.entries(packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.replace(/^.*node_modules\//, '');
const versionsOf = (name: string) =>
  installed.filter(([path]) => nameOf(path) === name).map(([, { version }]) => version);

test('no script of a dependency runs at install', () => {
  assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
});

test('the dependencies that would run a script at install are the known ones', () => {
  const names = installed.filter(([, entry]) => entry.hasInstallScript).map(([path]) => nameOf(path));
  assert.deepEqual(
    names.sort(),
    ['@tensorflow/tfjs-node', 'core-js', 'esbuild'],
    'look at a new one, then name it in docs/supply.md',
  );
});

test('every dependency is pinned by its SHA-512 and comes from the registry', () => {
  for (const [path, { integrity, resolved }] of installed) {
    assert.match(integrity ?? '', /^sha512-[\w+/]{86}==$/, path);
    assert.equal(resolved, undefined, `${path}: from a place of its own`);
  }
});

test('the engine is pinned by its SHA-256 on every platform', () => {
  const wheels = read('scripts/setup/platforms.mjs').match(/tag: .*\n\s+sha256: '.*'/g) ?? [];
  assert.equal(wheels.length, 3);
  for (const wheel of wheels) assert.match(wheel, /sha256: '[0-9a-f]{64}'$/);
});

test('the unpackers of the installer that is not run are not those with known holes', () => {
  const isAtLeast = (version: string, least: string) => version.localeCompare(least, 'en', { numeric: true }) >= 0;
  for (const [name, least] of Object.entries({ tar: '7.5.23', 'adm-zip': '0.6.1', 'brace-expansion': '1.1.18' })) {
    const versions = versionsOf(name);
    assert.ok(versions.length > 0 && versions.every(version => isAtLeast(version, least)), `${name} ${versions}`);
  }
});
