/** What `publish` writes, on a plain file server, in a subfolder. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { openRun } from '../../src/store/index.js';
import { publish } from '../../src/view/publish/publish.js';
import { makeClosedRun, makeFolder } from '../store/testRuns.js';
import { launchChromium, withoutChromium } from './chromium.js';
import { openPage, waitForStep } from './openPage.js';

const options = { skip: withoutChromium, timeout: 120_000 };
let browser: Browser;
before(async () => {
  if (!withoutChromium) browser = await launchChromium();
});
after(() => browser?.close());

/** Knows no types of ours, and nothing of runs. */
async function serveFiles(t: TestContext, folder: string): Promise<string> {
  const types: Record<string, string> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname;
    const file = join(folder, normalize(path.endsWith('/') ? `${path}index.html` : path));
    const content = await readFile(file).catch(() => undefined);
    response.writeHead(content ? 200 : 404, {
      'Content-Type': types[file.split('.').at(-1)!] ?? 'application/octet-stream',
    });
    response.end(content);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

test('a published page shows its runs from any file server, in a subfolder', options, async t => {
  const folder = await makeFolder(t);
  await makeClosedRun(join(folder, 'a.zarr'), [5, 21]);
  const run = await openRun(join(folder, 'a.zarr'));
  await publish({ runs: [{ name: 'a', run }], out: join(folder, 'web/my/site'), overwrite: false, all: false });
  const url = await serveFiles(t, join(folder, 'web'));
  const { page, requests } = await openPage(t, browser, `${url}my/site/`);
  await waitForStep(page, 20);
  assert.equal(await page.locator('#state').textContent(), 'Published');
  await page.getByRole('slider', { name: 'Step of the film' }).fill('1');
  await waitForStep(page, 5);
  // Nobody writes it: it is not asked for again.
  await page.waitForTimeout(2500);
  assert.equal(requests.filter(each => each.endsWith('.zmetadata')).length, 1);
});

test('without --all there are the networks of the newest checkpoint, with it there is everything', async t => {
  const folder = await makeFolder(t);
  await makeClosedRun(join(folder, 'a.zarr'), [5, 21]);
  const run = await openRun(join(folder, 'a.zarr'));
  for (const all of [false, true]) {
    const out = join(folder, `site-${all}`);
    await publish({ runs: [{ name: 'a', run }], out, overwrite: false, all });
    const published = await openRun(join(out, 'runs/0'));
    assert.deepEqual(await published.verify(), []);
    assert.deepEqual(published.checkpoints, all ? [5, 21] : [21]);
    const velocities = [...(await published.readCheckpoint()).keys()].filter(name => name.startsWith('velocity/'));
    assert.equal(velocities.length, all ? 1 : 0);
  }
});
