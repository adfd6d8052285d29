import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { digitShape, digitsSha256 } from '../../src/data/digits.js';
import { assertBatchFits, describeDataset, loadDataset } from '../../src/data/loadDataset.js';
import { mnistCache } from '../../src/data/mnistFiles.js';
import { imageFile } from './makeImages.js';

const temporary = mkdtempSync(path.join(os.tmpdir(), 'gan-dist-data-'));
after(() => rmSync(temporary, { recursive: true }));

const folder = (files: Record<string, Uint8Array>) => {
  const dir = mkdtempSync(path.join(temporary, 'set-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(dir, name), content);
  return dir;
};
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const mnistSha256 = 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db';
const orOurs = 'or use the digits that come with gan-dist: --set data.source=mnist-10k';

test('mnist-10k needs no files', async () => {
  const { images, ...about } = await loadDataset({ source: 'mnist-10k', dir: '/means/nothing' });
  assert.ok(images.buffer instanceof SharedArrayBuffer);
  assert.equal(sha256(images), digitsSha256);
  assert.deepEqual(about, {
    ...digitShape,
    count: 10_000,
    name: 'MNIST, the first 10,000',
    source: 'mnist-10k',
    sha256: digitsSha256,
  });
});

test('idx takes whatever 28×28 images a folder has, packed or not', async () => {
  const file = imageFile(5);
  for (const [name, content] of [
    ['train-images-idx3-ubyte', file],
    ['train-images-idx3-ubyte.gz', gzipSync(file)],
  ] as const) {
    const dir = folder({ [name]: content });
    const { images, ...about } = await loadDataset({ source: 'idx', dir });
    assert.ok(Buffer.from(images).equals(file.subarray(16)));
    assert.deepEqual(about, {
      ...digitShape,
      count: 5,
      name: path.basename(dir),
      source: 'idx',
      sha256: sha256(file),
      dir,
    });
  }
});

test('a run says what its images are, and not how large, which its pictures say', async () => {
  const dir = folder({ 'train-images-idx3-ubyte': imageFile(5) });
  const described = Object.keys(describeDataset(await loadDataset({ source: 'idx', dir })));
  assert.deepEqual(described, ['count', 'source', 'name', 'sha256', 'dir']);
});

test('data.limit keeps the first images and the checksum of the whole', async () => {
  const file = imageFile(5);
  const data = { source: 'idx', dir: folder({ 'train-images-idx3-ubyte': file }), limit: 2 } as const;
  const limited = await loadDataset(data);
  assert.ok(Buffer.from(limited.images).equals(file.subarray(16, 16 + 2 * 784)));
  assert.equal(limited.images.buffer.byteLength, 2 * 784, 'nothing is kept beyond the limit');
  assert.deepEqual([limited.count, limited.sha256], [2, sha256(file)]);
  await assert.rejects(loadDataset({ ...data, limit: 6 }), {
    name: 'ConfigError',
    path: 'data.limit',
    message: `data.limit is 6, but ${path.basename(data.dir)} has only 5 images`,
  });
});

test('a batch must fit into the images', () => {
  assertBatchFits(5, { count: 5, name: 'mine' });
  assert.throws(() => assertBatchFits(6, { count: 5, name: 'mine' }), {
    name: 'ConfigError',
    path: 'training.batchSize',
    message:
      'training.batchSize is 6, but there are only 5 images of mine: take a smaller batch or more images (data.limit)',
  });
});

test('idx without a folder, or with one that has no images, is refused', async () => {
  await assert.rejects(loadDataset({ source: 'idx' }), {
    name: 'ConfigError',
    path: 'data.dir',
    message: 'data.source is idx, so data.dir must name the folder or the file of the images',
  });
  const none = path.join(folder({ here: Buffer.of(1) }), 'none');
  await assert.rejects(loadDataset({ source: 'idx', dir: none }), {
    name: 'DataError',
    file: none,
    message: `no IDX file of training images was found in ${none}: there is no such folder or file; ${path.dirname(none)} has here; put train-images-idx3-ubyte or train-images-idx3-ubyte.gz there, or name the file itself with data.dir (docs/data.md)`,
  });
  const dir = folder({ 'train-images-idx3-ubyte': imageFile(1, { magic: 0x801 }) });
  await assert.rejects(loadDataset({ source: 'idx', dir }), {
    name: 'DataError',
    message: `${dir}/train-images-idx3-ubyte is a file of labels (magic 0x00000801): expected a file of images (magic 0x00000803); put 28×28 grey images in IDX format there, or change data.dir`,
  });
});

test('mnist that is not there is refused with two ways out, in data.dir and in the cache', async () => {
  const dir = folder({});
  const inDir = `MNIST is not in ${dir} (no train-images-idx3-ubyte.gz: it has nothing in it); get it with npx gan-dist data fetch --dir ${dir}, ${orOurs}`;
  await assert.rejects(loadDataset({ source: 'mnist', dir }), { name: 'DataError', file: dir, message: inDir });

  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = dir;
  const inCache = `MNIST is not in ${dir}/gan-dist/mnist (no train-images-idx3-ubyte.gz); get it with npx gan-dist data fetch, ${orOurs}`;
  await assert.rejects(loadDataset({ source: 'mnist' }), { name: 'DataError', message: inCache });
  mkdirSync(path.join(dir, 'gan-dist/mnist'), { recursive: true });
  writeFileSync(path.join(dir, 'gan-dist/mnist/train-images-idx3-ubyte'), imageFile(1));
  await assert.rejects(
    loadDataset({ source: 'mnist' }),
    /^DataError: .*gan-dist\/mnist\/train-images-idx3-ubyte is not MNIST/,
  );
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
});

test('other images in the place of mnist are refused', async () => {
  const file = imageFile(10);
  const dir = folder({ 'train-images-idx3-ubyte.gz': gzipSync(file) });
  await assert.rejects(loadDataset({ source: 'mnist', dir }), {
    name: 'DataError',
    file: `${dir}/train-images-idx3-ubyte.gz`,
    message: `${dir}/train-images-idx3-ubyte.gz is not MNIST's training images: expected 60000 images with SHA-256 ${mnistSha256}, found 10 with ${sha256(file)}; get it with npx gan-dist data fetch --dir ${dir}, ${orOurs}, or, if these images are your own, --set data.source=idx`,
  });
});

test('the packed file is taken before the plain one, for data fetch replaces it', async () => {
  const dir = folder({ 'train-images-idx3-ubyte': imageFile(1), 'train-images-idx3-ubyte.gz': gzipSync(imageFile(2)) });
  assert.equal((await loadDataset({ source: 'idx', dir })).count, 2);
});

test('the cache follows XDG_CACHE_HOME if it is absolute', () => {
  const home = path.join(os.homedir(), '.cache/gan-dist/mnist');
  assert.equal(mnistCache({ XDG_CACHE_HOME: '/cache' }), '/cache/gan-dist/mnist');
  assert.equal(mnistCache({}), home);
  assert.equal(mnistCache({ XDG_CACHE_HOME: '' }), home);
  assert.equal(mnistCache({ XDG_CACHE_HOME: 'relative' }), home);
});
