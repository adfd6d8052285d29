/** The server of `view`, asked over raw sockets: a browser would tidy up a hostile path before it sends it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pageFolder } from '../../../src/view/pageFolder.js';
import { serve } from '../../../src/view/server/serve.js';
import { makeClosedRun, makeFolder, makeRun, metricsOf, trainTo } from '../../store/testRuns.js';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Sends these bytes and reads to the end. */
function send(port: number, text: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const parts: Buffer[] = [];
    socket.on('data', part => parts.push(part));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head, ...rest] = Buffer.concat(parts).toString('latin1').split('\r\n\r\n');
      const [first, ...lines] = head!.split('\r\n');
      const headers = lines
        .map(line => line.split(/: (.*)/s).slice(0, 2))
        .map(([name, value]) => [name!.toLowerCase(), value!]);
      resolve({
        status: Number(first!.split(' ')[1]),
        headers: Object.fromEntries(headers),
        body: rest.join('\r\n\r\n'),
      });
    });
  });
}

interface Ask {
  host?: string;
  method?: string;
  headers?: string[];
}

const ask = (port: number, path: string, { host = `localhost:${port}`, method = 'GET', headers = [] }: Ask = {}) =>
  send(port, [`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n'));

async function serveRun(t: TestContext, host = '127.0.0.1') {
  const folder = await realpath(await makeFolder(t));
  const run = join(folder, 'a.zarr');
  await makeClosedRun(run, [5, 12]);
  await writeFile(join(folder, 'secret'), 'secret');
  const serving = await serve({ page: pageFolder, runs: [{ name: 'a', path: run }], host, port: 0, more: 0 });
  t.after(() => serving.close());
  return { port: serving.port, run, folder };
}

test('the page, the list of runs and the files of a store are served', async t => {
  const { port, run } = await serveRun(t);
  const page = await ask(port, '/');
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(page.headers['content-security-policy']!, /^default-src 'none'; script-src 'self' /);
  assert.equal((await ask(port, '/page.js')).headers['content-type'], 'text/javascript; charset=utf-8');
  assert.deepEqual(JSON.parse((await ask(port, '/runs.json')).body), [{ name: 'a', path: 'runs/0/' }]);
  const metadata = await ask(port, '/runs/0/.zmetadata');
  assert.equal(metadata.body, await readFile(join(run, '.zmetadata'), 'latin1'));
  const chunk = await ask(port, '/runs/0/metrics/d_loss/0');
  assert.equal(Buffer.from(chunk.body, 'latin1').readFloatLE(4), Math.fround(metricsOf(1).dLoss));
  const head = await ask(port, '/runs/0/.zmetadata', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', String(metadata.body.length)]);
});

test('no path leads out of the store or the page', async t => {
  const { port, run, folder } = await serveRun(t);
  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'other/secret'), 'secret');
  await symlink(join(folder, 'secret'), join(run, 'link'));
  await symlink(join(folder, 'other'), join(run, 'folder'));
  await symlink(join(run, '.zattrs'), join(run, 'inside'));
  execFileSync('mkfifo', [join(run, 'pipe')]);
  const hostile = [
    '/runs/0/../secret',
    '/runs/0/../../secret',
    '/runs/0/%2e%2e/secret',
    '/runs/0/%2E%2E%2Fsecret',
    '/runs/0/..%2fsecret',
    '/runs/0/..%5csecret',
    '/runs/0/metrics/../../secret',
    '/runs/0/..\\secret',
    '/runs/0/%252e%252e/secret',
    `/runs/0/${encodeURIComponent(join(folder, 'secret'))}`,
    `/runs/0/${join(folder, 'secret')}`,
    '/runs/0/.zattrs%00',
    '/runs/0/%00',
    '/runs/0/link',
    '/runs/0/folder/secret',
    '/runs/0/inside',
    '/runs/0/pipe',
    '/runs/0/',
    '/runs/0/metrics',
    '/runs/0/metrics/',
    '/runs/0//.zattrs',
    '/runs/0',
    '/runs/1/.zattrs',
    '/runs/a/.zattrs',
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%',
    '//etc/passwd',
    'http://localhost/runs/0/.zattrs',
    '*',
    '/nothing',
  ];
  for (const path of hostile) {
    const { status, body } = await ask(port, path);
    assert.deepEqual([path, status, body], [path, 404, 'There is nothing here.\n']);
  }
});

test('who calls it by another name is not answered, as DNS rebinding would', async t => {
  const { port } = await serveRun(t);
  const wrong = [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.2',
    '192.168.0.1',
    '[::2]',
    'localhost:',
    'a@localhost',
    'localhost/',
    ' ',
  ];
  for (const host of wrong)
    assert.deepEqual([host, (await ask(port, '/runs.json', { host })).status], [host, host === ' ' ? 403 : 403]);
  for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:80']) {
    assert.deepEqual([host, (await ask(port, '/runs.json', { host })).status], [host, 200]);
  }
  assert.equal((await send(port, 'GET /runs.json HTTP/1.0\r\n\r\n')).status, 403);
  assert.equal((await send(port, 'GET /runs.json HTTP/1.1\r\nConnection: close\r\n\r\n')).status, 400);
});

test('a server for everybody takes addresses, and no names but its own', async t => {
  const { port } = await serveRun(t, '0.0.0.0');
  assert.equal((await ask(port, '/runs.json', { host: '192.168.0.1:4173' })).status, 200);
  assert.equal((await ask(port, '/runs.json', { host: 'evil.example' })).status, 403);
});

test('nothing but GET and HEAD is answered', async t => {
  const { port, run } = await serveRun(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const { status, headers } = await ask(port, '/runs/0/.zattrs', { method });
    assert.deepEqual([method, status, headers.allow], [method, 405, 'GET, HEAD']);
  }
  assert.ok((await readFile(join(run, '.zattrs'))).length > 0);
});

test('metadata are asked for anew each time, and sent when they have changed', async t => {
  const folder = await realpath(await makeFolder(t));
  const path = join(folder, 'a.zarr');
  const writer = await makeRun(path, [5]);
  t.after(() => writer.close());
  const { port, close } = await serve({
    page: pageFolder,
    runs: [{ name: 'a', path }],
    host: '127.0.0.1',
    port: 0,
    more: 0,
  });
  t.after(close);
  const first = await ask(port, '/runs/0/.zmetadata');
  assert.equal(first.headers['cache-control'], 'no-cache');
  const again = await ask(port, '/runs/0/.zmetadata', { headers: [`If-None-Match: ${first.headers.etag}`] });
  assert.deepEqual([again.status, again.body], [304, '']);
  await trainTo(writer, 6);
  const later = await ask(port, '/runs/0/.zmetadata', { headers: [`If-None-Match: ${first.headers.etag}`] });
  assert.equal(later.status, 200);
  assert.notEqual(later.headers.etag, first.headers.etag);
});

test('only a file that is asked for by its hash, and has it, is kept for ever', async t => {
  const { port, run } = await serveRun(t);
  const hash = createHash('sha256')
    .update(await readFile(join(run, 'samples/fixed/0.0.0.0')))
    .digest('hex');
  const path = '/runs/0/samples/fixed/0.0.0.0';
  const control = async (query: string) => (await ask(port, path + query)).headers['cache-control'];
  assert.equal(await control(`?h=${hash}`), 'public, max-age=31536000, immutable');
  assert.equal(await control(''), 'no-cache');
  assert.equal(await control(`?h=${hash.replace(/^./, char => (char === '0' ? '1' : '0'))}`), 'no-cache');
  assert.equal(await control('?h='), 'no-cache');
});

test('a port that is taken is an error, unless another one will do', async t => {
  const { run } = await serveRun(t);
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise(resolve => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const options = { page: pageFolder, runs: [{ name: 'a', path: run }], host: '127.0.0.1', port };
  await assert.rejects(serve({ ...options, more: 0 }), {
    name: 'UsageError',
    message: `port ${port} is taken by other programs; choose another with --port, or any free one with --port 0`,
  });
  const next = await serve({ ...options, more: 20 });
  t.after(next.close);
  assert.ok(next.port > port && next.port <= port + 20);
  await assert.rejects(serve({ ...options, host: '203.0.113.1', more: 0 }), {
    name: 'UsageError',
    message: '--host expects an address of this machine, found "203.0.113.1"',
  });
});
