/** A published folder is there whole, and nothing of others goes with it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeSite } from '../../../src/view/publish/writeSite.js';
import { makeFolder } from '../../store/testRuns.js';

const write = (names: Record<string, string>) => async (folder: string) => {
  for (const [name, text] of Object.entries(names)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
};

test('a site that fails half-way leaves nothing', async t => {
  const folder = await makeFolder(t);
  const failing = writeSite(join(folder, 'site'), false, async site => {
    await writeFile(join(site, 'half'), '');
    throw new Error('the disk is full');
  });
  await assert.rejects(failing, { message: 'the disk is full' });
  assert.deepEqual(await readdir(folder), []);
});

test('a folder with something in it is refused, and left as it is', async t => {
  const site = join(await makeFolder(t), 'site');
  await mkdir(site);
  await writeSite(site, false, write({ 'index.html': 'first' }));
  await assert.rejects(writeSite(site, false, write({ 'index.html': 'second' })), {
    name: 'UsageError',
    message: `--out expects a new or an empty folder, but ${site} is not empty; replace what was published there with --overwrite`,
  });
  assert.equal(await readFile(join(site, 'index.html'), 'utf8'), 'first');
});

test('--overwrite replaces what was published, and keeps the files of others', async t => {
  const folder = await makeFolder(t);
  const site = join(folder, 'site');
  await writeSite(site, false, write({ 'index.html': 'first', 'runs/0/old': 'old', 'runs/0/both': '1' }));
  await write({ CNAME: 'example.org', '.git/HEAD': 'ref', 'runs/0/mine': 'mine' })(site);
  await writeSite(site, true, write({ 'index.html': 'second', 'runs/0/both': '2' }));
  const text = (name: string) => readFile(join(site, name), 'utf8');
  assert.deepEqual(await Promise.all(['index.html', 'runs/0/both', 'CNAME', '.git/HEAD', 'runs/0/mine'].map(text)), [
    'second',
    '2',
    'example.org',
    'ref',
    'mine',
  ]);
  assert.equal(existsSync(join(site, 'runs/0/old')), false);
  assert.deepEqual(await readdir(folder), ['site']);
});

test('--overwrite replaces nothing that publish did not write', async t => {
  const site = join(await makeFolder(t), 'site');
  await write({ thesis: 'years of work' })(site);
  await assert.rejects(writeSite(site, true, write({ 'index.html': '' })), {
    name: 'UsageError',
    message: `--overwrite replaces what publish wrote, but ${site} has no published.json: it is left alone; choose another folder`,
  });
  const other = join(site, '../other');
  await writeSite(other, false, write({ 'index.html': 'first' }));
  await write({ 'page.css': 'mine' })(other);
  await assert.rejects(writeSite(other, true, write({ 'index.html': 'second', 'page.css': 'theirs' })), {
    name: 'UsageError',
    message: `${join(other, 'page.css')} was not written by publish and would be replaced; move it, or choose another folder`,
  });
  assert.equal(await readFile(join(other, 'index.html'), 'utf8'), 'first');
});
