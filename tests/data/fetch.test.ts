import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { defaultMirrors, type FetchOptions, fetchMnist } from '../../src/data/fetch.js';
import type { FetchProgress } from '../../src/data/fetchProgress.js';
import type { DataFile } from '../../src/data/mnistFiles.js';
import { imageFile } from './makeImages.js';

const temporary = mkdtempSync(path.join(os.tmpdir(), 'gan-dist-fetch-'));
const servers: http.Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(temporary, { recursive: true });
});

const describe = (name: string, content: Uint8Array): DataFile => ({
  name,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});
const contents = { 'train-images': imageFile(300), 't10k-images': imageFile(20) };
const packed: Record<string, Buffer> = {
  '/train-images.gz': gzipSync(contents['train-images'], { level: 0 }),
  '/t10k-images.gz': gzipSync(contents['t10k-images']),
};
const files = Object.entries(contents).map(([name, content]) => describe(name, content));
const firstOnly = files.slice(0, 1);
const first = packed['/train-images.gz']!;
const ourPart = `train-images.gz.${process.pid}.part`;
const deadPart = `train-images.gz.${2 ** 22 + 1}.part`; // beyond the largest pid of Linux

const newFolder = () => mkdtempSync(path.join(temporary, 'mnist-'));

interface Asked {
  path: string;
  range?: string;
}

/** A mirror that answers as told, and notes what it was asked for. */
async function startMirror(
  answer: (request: http.IncomingMessage, response: http.ServerResponse, asked: Asked[]) => void,
) {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    const { range } = request.headers;
    asked.push(range === undefined ? { path: request.url! } : { path: request.url!, range });
    answer(request, response, asked);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

/** A good mirror: files, ranges, 404 and 416. */
const serveFile = (request: http.IncomingMessage, response: http.ServerResponse) => {
  const file = packed[request.url!];
  if (!file) return response.writeHead(404).end('no such file');
  const start = Number(request.headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
  if (start >= file.length) return response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
  const rest = file.subarray(start);
  if (start === 0) return response.writeHead(200, { 'content-length': rest.length }).end(rest);
  const range = `bytes ${start}-${file.length - 1}/${file.length}`;
  return response.writeHead(206, { 'content-length': rest.length, 'content-range': range }).end(rest);
};
const serveWhole = (request: http.IncomingMessage, response: http.ServerResponse) => response.end(packed[request.url!]);

/** Told how many bytes of the file the client has. */
let onArrival = (_bytes: number) => {};

/**
 * Sends so many bytes of the rest, and cuts the connection when they have arrived: of a cut before,
 * the network decides.
 */
const cutAfter =
  (bytes: number, ignoreRange = false) =>
  (request: http.IncomingMessage, response: http.ServerResponse) => {
    const file = packed[request.url!]!;
    const start = ignoreRange ? 0 : Number(request.headers.range?.match(/\d+/)?.[0] ?? 0);
    if (file.length - start <= bytes) return ignoreRange ? serveWhole(request, response) : serveFile(request, response);
    const headers = {
      'content-length': file.length - start,
      'content-range': `bytes ${start}-${file.length - 1}/${file.length}`,
    };
    response.writeHead(start === 0 ? 200 : 206, headers);
    onArrival = arrived => arrived >= start + bytes && response.destroy();
    return response.write(file.subarray(start, start + bytes));
  };

async function fetchInto(dir: string, mirrors: { url: string }[], options: FetchOptions = {}) {
  const progress: FetchProgress[] = [];
  const result = await fetchMnist({
    dir,
    mirrors: mirrors.map(mirror => mirror.url),
    files: firstOnly,
    stallSeconds: 60,
    onProgress: step => {
      progress.push(step);
      if (step.state === 'loading') onArrival(step.bytes);
    },
    ...options,
  });
  return { ...result, progress };
}

function assertWhole(dir: string): void {
  const content = gunzipSync(readFileSync(path.join(dir, 'train-images.gz')));
  assert.ok(content.equals(contents['train-images']));
  assert.deepEqual(
    readdirSync(dir).filter(name => name.endsWith('.part')),
    [],
  );
}

test('what is fetched may be written by its owner alone, and is whole whenever it is there', async () => {
  const mirror = await startMirror(cutAfter(100_000));
  const dir = path.join(newFolder(), 'cache');
  const before = process.umask(0o022);
  try {
    await fetchInto(dir, [mirror], {
      onProgress: step => {
        if (step.state !== 'loading') return;
        assert.deepEqual(readdirSync(dir), [ourPart], 'another process sees nothing under the final name');
        onArrival(step.bytes);
      },
    });
  } finally {
    process.umask(before);
  }
  assertWhole(dir);
  for (const name of [dir, path.join(dir, 'train-images.gz')]) assert.equal(statSync(name).mode & 0o022, 0, name);
});

test('files are fetched with progress, and skipped when they are there', async () => {
  const mirror = await startMirror(serveFile);
  const dir = path.join(newFolder(), 'new/folder');
  const { fetched, progress } = await fetchInto(dir, [mirror], { files });
  assert.deepEqual(fetched, ['train-images', 't10k-images']);
  assert.deepEqual(readdirSync(dir).sort(), ['t10k-images.gz', 'train-images.gz']);
  assertWhole(dir);
  const last = progress.filter(step => step.state === 'loading' && step.file === 'train-images').at(-1);
  const url = `${mirror.url}train-images.gz`;
  assert.deepEqual(last, {
    file: 'train-images',
    state: 'loading',
    mirror: url,
    bytes: first.length,
    totalBytes: first.length,
  });

  const again = await fetchInto(dir, [mirror], { files });
  assert.deepEqual(again.fetched, []);
  assert.deepEqual(
    again.progress,
    files.map(({ name }) => ({ file: name, state: 'present' })),
  );
  assert.equal(mirror.asked.length, 2, 'the second time nothing is asked for');
});

test('the mirrors without a word from the user are the well-known ones', () => {
  assert.deepEqual(
    defaultMirrors.map(mirror => new URL(mirror).host),
    ['ossci-datasets.s3.amazonaws.com', 'storage.googleapis.com', 'yann.lecun.com'],
  );
});

test('an unpacked file that is good is enough', async () => {
  const dir = newFolder();
  writeFileSync(path.join(dir, 'train-images'), contents['train-images']);
  assert.deepEqual((await fetchInto(dir, [])).fetched, []);
});

test('a damaged file in place is replaced, even beside a good unpacked one', async () => {
  const mirror = await startMirror(serveFile);
  const dir = newFolder();
  writeFileSync(path.join(dir, 'train-images'), contents['train-images']);
  for (const damaged of [first.subarray(0, 1000), gzipSync('other'), Buffer.from('<html>'), Buffer.alloc(0)]) {
    writeFileSync(path.join(dir, 'train-images.gz'), damaged);
    assert.deepEqual((await fetchInto(dir, [mirror])).fetched, ['train-images']);
    assertWhole(dir);
  }
});

test('a slow mirror is waited for as long as it sends something', async () => {
  const mirror = await startMirror(async (_request, response) => {
    response.writeHead(200, { 'content-length': first.length });
    for (let at = 0; at < first.length; at += first.length / 8) {
      response.write(first.subarray(at, at + first.length / 8));
      await sleep(250);
    }
    response.end();
  });
  const dir = newFolder();
  await fetchInto(dir, [mirror], { stallSeconds: 1 }); // 2 s in all
  assertWhole(dir);
});

test('a mirror that stalls is given up, and the next one goes on from there', async () => {
  const silent = await startMirror((_request, response) => {
    response.writeHead(200, { 'content-length': first.length });
    response.write(first.subarray(0, 70_000));
  });
  const mute = await startMirror(() => {});
  const good = await startMirror(serveFile);
  const dir = newFolder();
  const { progress } = await fetchInto(dir, [silent, mute, good], { stallSeconds: 1 });
  assertWhole(dir);
  assert.deepEqual(
    progress.filter(step => step.state === 'failed').map(step => [step.mirror, step.problem]),
    [
      [silent.url, 'no data for 1 s'],
      [mute.url, 'no data for 1 s'],
    ],
  );
  assert.deepEqual(good.asked, [{ path: '/train-images.gz', range: 'bytes=70000-' }]);
});

test('a connection that is cut is taken up where it ended', async () => {
  const mirror = await startMirror(cutAfter(100_000));
  const dir = newFolder();
  await fetchInto(dir, [mirror]);
  assertWhole(dir);
  assert.deepEqual(
    mirror.asked.map(({ range }) => range),
    [undefined, 'bytes=100000-', 'bytes=200000-'],
  );
});

test('a mirror that cuts, and then starts over, is given up after a second try', async () => {
  const mirror = await startMirror(cutAfter(100_000, true));
  const dir = newFolder();
  await assert.rejects(fetchInto(dir, [mirror]), /the connection was cut/);
  assert.equal(mirror.asked.length, 2);
  assert.deepEqual(readdirSync(dir), [ourPart], 'what came stays for the next time');
});

test('a part of an earlier time is continued', async () => {
  const mirror = await startMirror(serveFile);
  for (const name of [ourPart, deadPart]) {
    const dir = newFolder();
    writeFileSync(path.join(dir, name), first.subarray(0, 50_000));
    await fetchInto(dir, [mirror]);
    assertWhole(dir);
    assert.equal(mirror.asked.at(-1)?.range, 'bytes=50000-');
  }
});

test('a part that another live process writes is left alone', async () => {
  const mirror = await startMirror(serveFile);
  const dir = newFolder();
  const theirs = `train-images.gz.${process.ppid}.part`;
  writeFileSync(path.join(dir, theirs), 'theirs');
  await fetchInto(dir, [mirror]);
  assert.deepEqual(mirror.asked, [{ path: '/train-images.gz' }]);
  assert.equal(readFileSync(path.join(dir, theirs), 'utf8'), 'theirs');
});

test('a link in the place of a part is not followed', async () => {
  const mirror = await startMirror(serveFile);
  const dir = newFolder();
  const victim = path.join(temporary, 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, path.join(dir, deadPart));
  await fetchInto(dir, [mirror]);
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
  symlinkSync(path.join(temporary, 'nowhere'), path.join(dir, ourPart));
  rmSync(path.join(dir, 'train-images.gz'));
  await assert.rejects(fetchInto(dir, [mirror]), { name: 'DataError', message: /a file is in the way/ });
  assert.ok(!existsSync(path.join(temporary, 'nowhere')));
});

test('a mirror that ignores ranges sends all of it again', async () => {
  const mirror = await startMirror(serveWhole);
  const dir = newFolder();
  writeFileSync(path.join(dir, deadPart), first.subarray(0, 50_000));
  await fetchInto(dir, [mirror]);
  assertWhole(dir);
  assert.deepEqual(mirror.asked, [{ path: '/train-images.gz', range: 'bytes=50000-' }]);
});

test('a part that is already complete is only checked', async () => {
  const mirror = await startMirror(serveFile);
  const dir = newFolder();
  writeFileSync(path.join(dir, deadPart), first);
  await fetchInto(dir, [mirror]);
  assertWhole(dir);
  assert.deepEqual(mirror.asked, [{ path: '/train-images.gz', range: `bytes=${first.length}-` }]);
});

test('a part that does not fit, too short or too long, is started over once', async () => {
  const mirror = await startMirror(serveFile);
  for (const length of [50_000, first.length + 10]) {
    const dir = newFolder();
    writeFileSync(path.join(dir, deadPart), Buffer.alloc(length, 7));
    await fetchInto(dir, [mirror]);
    assertWhole(dir);
    assert.deepEqual(
      mirror.asked.splice(0).map(({ range }) => range),
      [`bytes=${length}-`, undefined],
    );
  }
});

test('an answer with another range than asked for is not used', async () => {
  const wrong = await startMirror((_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-9/${first.length}` }).end(first.subarray(0, 10));
  });
  const good = await startMirror(serveFile);
  const dir = newFolder();
  writeFileSync(path.join(dir, deadPart), first.subarray(0, 50_000));
  const { progress } = await fetchInto(dir, [wrong, good]);
  assertWhole(dir);
  const problem = `another range than asked for (bytes 0-9/${first.length})`;
  assert.deepEqual(progress[0], { file: 'train-images', state: 'failed', mirror: wrong.url, problem });
});

test('a mirror behind a redirect works', async () => {
  const good = await startMirror(serveFile);
  const moved = await startMirror((request, response) => {
    response.writeHead(302, { location: new URL(request.url!, good.url).href }).end();
  });
  const dir = newFolder();
  await fetchInto(dir, [moved]);
  assertWhole(dir);
});

test('a file that a mirror unpacks on the way is good, for the content is', async () => {
  const mirror = await startMirror((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(first);
  });
  const dir = newFolder();
  writeFileSync(path.join(dir, 'train-images.gz'), 'damaged');
  await fetchInto(dir, [mirror]);
  assert.deepEqual(readdirSync(dir), ['train-images']);
  const stored = readFileSync(path.join(dir, 'train-images'));
  assert.ok(stored.equals(contents['train-images']));
  assert.deepEqual((await fetchInto(dir, [])).fetched, []);
});

test('when no mirror works, the error says what each of them did, and nothing is put in place', async () => {
  const other = gzipSync(imageFile(300, { magic: 0x801 }), { level: 0 });
  const sha256 = createHash('sha256')
    .update(imageFile(300, { magic: 0x801 }))
    .digest('hex');
  const mirrors = [
    await startMirror((_request, response) => response.writeHead(404, 'Not Found').end()),
    await startMirror((_request, response) => response.writeHead(503, 'Come Back').end()),
    await startMirror((_request, response) => response.end(other)),
    await startMirror((_request, response) => response.end(first.subarray(0, -10))),
    await startMirror((_request, response) => response.end('<html>captive portal</html>')),
    await startMirror((_request, response) => response.end(Buffer.alloc(400_000))),
    await startMirror(() => {}),
  ];
  servers.at(-1)!.close();
  const { sha256: wanted } = files[0]!;
  const dir = newFolder();
  const urls = mirrors.map(mirror => mirror.url);
  await assert.rejects(fetchInto(dir, mirrors), {
    name: 'DataError',
    exitCode: 1,
    file: path.join(dir, 'train-images.gz'),
    message: `no mirror gave train-images.gz (${urls[0]}: HTTP 404 Not Found; ${urls[1]}: HTTP 503 Come Back; ${urls[2]}: a damaged file (expected SHA-256 ${wanted}, found ${sha256}); ${urls[3]}: a damaged file (its gzip stream has no end); ${urls[4]}: a damaged file (expected SHA-256 ${wanted}, found a web page (HTML)); ${urls[5]}: more than the 300752 bytes that the file can have; ${urls[6]}: the connection was refused); try again later, name another mirror with --mirror URL, put the file into ${dir} yourself, or use the digits that come with gan-dist: --set data.source=mnist-10k`,
  });
  assert.ok(!existsSync(path.join(dir, 'train-images.gz')));
  for (const { url, asked } of mirrors.slice(0, -1)) assert.equal(asked.length, 1, `${url} was asked again in vain`);
});

test('a mirror that is not an http URL is refused before anything is done', async () => {
  for (const url of ['mirror', 'file:///tmp/', 'ftp://host/', '']) {
    await assert.rejects(fetchInto('/nowhere', [{ url }]), {
      name: 'UsageError',
      message: `--mirror expects the http or https URL of a folder with the files, found "${url}"`,
    });
  }
});

test('a folder that cannot be written is named', async () => {
  const file = path.join(temporary, 'file');
  writeFileSync(file, '');
  const inTheWay = path.join(file, 'mnist');
  await assert.rejects(fetchInto(inTheWay, []), {
    name: 'DataError',
    message: `cannot put MNIST into ${inTheWay}: a file is in the way; make room there, or choose another folder with --dir`,
  });
  if (process.platform === 'linux') {
    const message = /^cannot put MNIST into \/proc\/mnist: .*; make room there/;
    await assert.rejects(fetchInto('/proc/mnist', []), { name: 'DataError', message });
  }
  if (process.getuid?.() === 0) return;
  const locked = newFolder();
  chmodSync(locked, 0o500);
  const mirror = await startMirror(serveFile);
  await assert.rejects(fetchInto(locked, [mirror]), { name: 'DataError', message: /: permission denied; make room/ });
});
