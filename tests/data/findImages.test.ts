/** Files under the names that people have. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadDataset } from '../../src/data/loadDataset.js';
import { imageFile } from './makeImages.js';

const temporary = mkdtempSync(path.join(os.tmpdir(), 'gan-dist-names-'));
after(() => rmSync(temporary, { recursive: true }));

/** @param files - by their path in a new folder */
function folderWith(files: Record<string, Uint8Array | string>): string {
  const dir = mkdtempSync(path.join(temporary, 'set-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), content);
  }
  return dir;
}

const five = imageFile(5);
const labels = imageFile(5, { magic: 0x801 });
const tests = imageFile(7);
const count = async (dir: string) => (await loadDataset({ source: 'idx', dir })).count;
const message = (dir: string) =>
  loadDataset({ source: 'idx', dir }).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

for (const [who, files] of [
  ['7-zip', { 'train-images.idx3-ubyte': five, 'train-labels.idx1-ubyte': labels, 't10k-images.idx3-ubyte': tests }],
  [
    'Kaggle',
    {
      'train-images.idx3-ubyte': five,
      'train-images-idx3-ubyte/train-images-idx3-ubyte': five,
      't10k-images-idx3-ubyte/t10k-images-idx3-ubyte': tests,
      'train-labels.idx1-ubyte': labels,
    },
  ],
  ['Kaggle, the folders alone', { 'train-images-idx3-ubyte/train-images-idx3-ubyte': five }],
  ['a browser that unpacked it', { 'train-images-idx3-ubyte.gz': five }],
  ['a browser that had one', { 'train-images-idx3-ubyte (1).gz': gzipSync(five) }],
  ['DOS', { 'TRAIN-IMAGES-IDX3-UBYTE.GZ': gzipSync(five), 'T10K-IMAGES-IDX3-UBYTE.GZ': gzipSync(tests) }],
  [
    'torchvision',
    { 'MNIST/raw/train-images-idx3-ubyte': five, 'MNIST/raw/train-images-idx3-ubyte.gz': gzipSync(five) },
  ],
  [
    'EMNIST',
    {
      'gzip/emnist-letters-train-images-idx3-ubyte.gz': gzipSync(five),
      'gzip/emnist-letters-test-images-idx3-ubyte.gz': gzipSync(tests),
      'gzip/emnist-letters-train-labels-idx1-ubyte.gz': gzipSync(labels),
      'gzip/emnist-letters-mapping.txt': '1 65 97',
    },
  ],
  ['a Mac', { '__MACOSX/._train-images-idx3-ubyte': 'Mac OS X', '.DS_Store': 'x', 'images/train-images': five }],
  ['a page beside the file', { 'train-images-idx3-ubyte.gz': '<!doctype html>', 'train-images-idx3-ubyte(1)': five }],
] as const) {
  test(`the images are found as ${who} leaves them`, async () => assert.equal(await count(folderWith(files)), 5));
}

test('data.dir may be the file itself, or a link to it', async () => {
  const dir = folderWith({ 't10k images.gz': gzipSync(tests), 'more.idx': five });
  const { count: found, name, dir: recorded } = await loadDataset({ source: 'idx', dir: `${dir}/t10k images.gz` });
  assert.deepEqual([found, name, recorded], [7, 't10k images', `${dir}/t10k images.gz`]);
  symlinkSync(path.join(dir, 'more.idx'), path.join(dir, 'link'));
  assert.equal(await count(path.join(dir, 'link')), 5);
});

test('several files that may be meant are listed, with how to choose', async () => {
  const dir = folderWith({
    'emnist-letters-train-images-idx3-ubyte': five,
    'emnist-digits-train-images-idx3-ubyte.gz': gzipSync(tests),
  });
  const digits = 'emnist-digits-train-images-idx3-ubyte.gz';
  assert.equal(
    await message(dir),
    `${dir} has several files of images: ${digits} (7 images of 28×28), emnist-letters-train-images-idx3-ubyte (5 images of 28×28); name the one to train on, such as --set data.dir=${dir}/${digits}`,
  );
  const other = Buffer.from(five);
  other.writeUInt8(other.at(-1)! ^ 1, other.length - 1);
  assert.match(await message(folderWith({ 'a b': five, other })), /--set 'data\.dir=.*\/a b'$/);
});

test('what is in a folder is named, and what each is', async () => {
  const advice =
    'put train-images-idx3-ubyte or train-images-idx3-ubyte.gz there, or name the file itself with data.dir (docs/data.md)';
  for (const [files, content] of [
    [{}, 'it has nothing in it'],
    [
      {
        'mnist.npz': Buffer.from(`PK\x03\x04${'\0'.repeat(26)}x_train.npy`),
        'train-labels-idx1-ubyte': labels,
        't10k-images-idx3-ubyte': tests,
        'archive.zip': 'PK\x03\x04',
        'train-images.gz': '<html>',
      },
      'it has archive.zip (a zip), mnist.npz (an .npz of NumPy), t10k-images-idx3-ubyte (test images), train-images.gz (a web page (HTML)) and train-labels-idx1-ubyte (labels)',
    ],
    [{ a: '', b: '', c: '', d: '', e: '', f: '', g: '' }, 'it has a, b, c, d, e and 2 more'],
    [{ 'a\nb': 'x' }, 'it has "a\\nb"'],
    [{ 'deep/er/images.txt': 'x', 'z.csv': 'x' }, 'it has z.csv and deep/er/images.txt'],
  ] as const) {
    const dir = folderWith(files);
    assert.equal(await message(dir), `no IDX file of training images was found in ${dir}: ${content}; ${advice}`);
  }
});

test('of several files, mnist is the one that has its content', async () => {
  const dir = folderWith({ 'FashionMNIST/raw/train-images-idx3-ubyte': five, 'MNIST/raw/train-images': imageFile(6) });
  await assert.rejects(
    loadDataset({ source: 'mnist', dir }),
    /^DataError: .*FashionMNIST\/raw\/train-images-idx3-ubyte is not MNIST's training images/,
  );
});

test('data.transpose turns EMNIST’s images upright, and without it a note says that they lie', async () => {
  const dir = folderWith({ 'emnist-letters-train-images-idx3-ubyte': five });
  const lying = await loadDataset({ source: 'idx', dir });
  const upright = await loadDataset({ source: 'idx', dir, transpose: true });
  assert.deepEqual(lying.notes, [
    'the images of EMNIST lie on their side in its files: data.transpose=true turns them upright',
  ]);
  assert.equal(upright.notes, undefined);
  assert.equal(upright.sha256, lying.sha256);
  assert.ok(upright.images.buffer instanceof SharedArrayBuffer);
  for (const [image, row, column] of [
    [0, 0, 27],
    [3, 5, 11],
    [4, 27, 26],
  ] as const)
    assert.equal(
      upright.images[image * 784 + row * 28 + column],
      lying.images[image * 784 + column * 28 + row],
      `${image}, ${row}, ${column}`,
    );
});
