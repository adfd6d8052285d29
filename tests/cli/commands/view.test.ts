import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasDesktop } from '../../../src/cli/view/browser.js';
import { nameRuns } from '../../../src/cli/view/findRuns.js';
import { makeClosedRun } from '../../store/testRuns.js';
import { assertFails, main, makeTemporaryFolder } from '../program.js';

/** Starts `view`, until it has said its URL. */
async function view(t: TestContext, cwd: string, ...args: string[]) {
  const child = spawn(process.execPath, [main, 'view', '--port', '0', ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', text => {
    said += text;
  });
  const url = String((await once(child.stdout, 'data'))[0]);
  return { child: child as ChildProcess, url: url.trim(), said: () => said };
}

test('view says where the page is, and ends on Ctrl-C', async t => {
  const folder = makeTemporaryFolder();
  await makeClosedRun(join(folder, 'a.zarr'), [5]);
  const { child, url, said } = await view(t, folder, 'a.zarr');
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.equal(said(), 'Showing a.zarr, read only. Ctrl-C ends it.\n');
  assert.deepEqual(await (await fetch(`${url}runs.json`)).json(), [{ name: 'a', path: 'runs/0/' }]);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [130, null]);
});

test('a server that others can reach says so', async t => {
  const folder = makeTemporaryFolder();
  await makeClosedRun(join(folder, 'a.zarr'), [5]);
  const { url, said } = await view(t, folder, 'a.zarr', 'a.zarr', '--host', '0.0.0.0');
  assert.match(url, /^http:\/\/localhost:\d+\/$/);
  assert.match(said(), /^Whoever reaches 0\.0\.0\.0 can read this run, without a password: /);
});

test('a damaged run is shown all the same, and what is no run is an error', async t => {
  const folder = makeTemporaryFolder();
  await makeClosedRun(join(folder, 'a.zarr'), [5]);
  await writeFile(join(folder, 'a.zarr/.zmetadata'), '{');
  await rm(join(folder, 'a.zarr/.zattrs'));
  const { said } = await view(t, folder, 'a.zarr');
  assert.match(said(), /\.zmetadata is damaged.*; the page shows it once it is mended\.$/m);
  assertFails(folder, ['view', 'missing.zarr'], 1, `there is no run at ${join(folder, 'missing.zarr')}`);
  assertFails(folder, ['view', 'a.zarr', '--port', 'x'], 2, '--port expects an integer from 0 to 65535, found "x"');
});

test('a browser is opened for a person at a desktop, and for nobody else', () => {
  const desktop = { DISPLAY: ':0' };
  assert.equal(hasDesktop(desktop, 'linux', true), true);
  assert.equal(hasDesktop({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true), true);
  assert.equal(hasDesktop({}, 'darwin', true), true);
  assert.equal(hasDesktop({}, 'linux', true), false);
  assert.equal(hasDesktop(desktop, 'linux', false), false);
  for (const name of ['CI', 'SSH_CONNECTION', 'SSH_TTY'])
    assert.equal(hasDesktop({ ...desktop, [name]: '1' }, 'linux', true), false);
});

test('two runs of one name are told apart', () => {
  assert.deepEqual(nameRuns(['/x/a.zarr', '/x/b.zarr']), ['a', 'b']);
  assert.deepEqual(nameRuns(['/x/a.zarr', '/y/a.zarr']), ['x/a', 'y/a']);
  assert.deepEqual(nameRuns(['/x/a.zarr', '/x/a.zarr']), ['a (1)', 'a (2)']);
});
