/** What the page weighs: it must be there at once. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pageFolder } from '../../src/view/pageFolder.js';

test('the page is under 100 kB gzipped, with what runs the generator under 400 kB', () => {
  const sizes = readdirSync(pageFolder).map(
    name => [name, gzipSync(readFileSync(join(pageFolder, name))).length] as const,
  );
  const total = (names: (name: string) => boolean) =>
    sizes.filter(([name]) => names(name)).reduce((sum, [, bytes]) => sum + bytes, 0);
  assert.ok(total(name => ['index.html', 'page.js', 'page.css'].includes(name)) < 100_000, JSON.stringify(sizes));
  assert.ok(total(() => true) < 400_000, JSON.stringify(sizes));
});
