import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readImages } from '../../src/data/idx.js';
import { reference } from '../../src/model/presets.js';
import { DataError } from '../../src/shared/errors.js';
import { imageFile } from './makeImages.js';

const imageShape = reference.image;

const folder = mkdtempSync(path.join(os.tmpdir(), 'gan-dist-idx-'));
after(() => rmSync(folder, { recursive: true }));

const written = (content: Uint8Array, name = 'images') => {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
};
const refused = (file: string, problem: string) => ({
  name: 'DataError',
  exitCode: 1,
  file,
  message: `${file} ${problem}; do this`,
});
const three = imageFile(3);

for (const [how, content, name] of [
  ['plain', three, 'images'],
  ['gzipped', gzipSync(three), 'images.gz'],
  ['gzipped under a plain name', gzipSync(three), 'images'],
  ['not packed, though its name says so,', three, 'images.gz'],
  ['gzipped in two members', Buffer.concat([gzipSync(three.subarray(0, 9)), gzipSync(three.subarray(9))]), 'images.gz'],
] as const) {
  test(`a ${how} file gives its images in shared memory, and the checksum of its content`, async () => {
    const { pixels, count, sha256 } = await readImages(written(content, name), imageShape, 'do this');
    assert.equal(count, 3);
    assert.ok(pixels.buffer instanceof SharedArrayBuffer);
    assert.ok(Buffer.from(pixels).equals(three.subarray(16)));
    assert.equal(sha256, createHash('sha256').update(three).digest('hex'));
  });
}

for (const [what, rest, notes] of [
  ['zeros behind a gzip stream are padding', Buffer.alloc(100_000), 0],
  ['other bytes behind a gzip stream are ignored, and told', Buffer.from('\0\0Content-Type: text/html'), 25],
  ['a single byte behind a gzip stream is ignored, and told', Buffer.of(0x1f), 1],
] as const) {
  test(what, async () => {
    const many = imageFile(300);
    const half = many.length / 2;
    const members = [gzipSync(many.subarray(0, half)), gzipSync(many.subarray(half)), rest];
    const file = written(Buffer.concat(members));
    const found = await readImages(file, imageShape, 'do this');
    assert.ok(Buffer.from(found.pixels).equals(many.subarray(16)));
    const told = `${file} has ${notes} bytes behind its gzip stream that are not gzip: they are ignored`;
    assert.deepEqual(found.notes, notes === 0 ? [] : [told]);
  });
}

test('a second gzip stream that is damaged is no rest to be ignored', async () => {
  const second = gzipSync(three.subarray(9));
  second.writeUInt8(second.at(-8)! ^ 1, second.length - 8);
  const file = written(Buffer.concat([gzipSync(three.subarray(0, 9)), second]));
  const problem = 'is damaged: its gzip stream cannot be unpacked (incorrect data check)';
  await assert.rejects(readImages(file, imageShape, 'do this'), refused(file, problem));
});

test('the name, comment and extra field of a gzip header are passed over', async () => {
  const packed = gzipSync(three);
  const header = Buffer.from(packed.subarray(0, 10));
  header.writeUInt8(4 | 8 | 16 | 2, 3);
  const fields = Buffer.from('\x03\0abctrain-images.idx3-ubyte\0a comment\0\x12\x34', 'latin1');
  const file = written(Buffer.concat([header, fields, packed.subarray(10)]));
  assert.equal((await readImages(file, imageShape, 'do this')).count, 3);
});

test('a file longer than one chunk is put together in order', async () => {
  const many = imageFile(3000); // 2.4 MB
  const { pixels } = await readImages(written(gzipSync(many)), imageShape, 'do this');
  assert.ok(Buffer.from(pixels).equals(many.subarray(16)));
});

const gz = gzipSync(three, { level: 0 });
const damaged = Buffer.from(gz);
damaged.writeUInt8(damaged[500]! ^ 1, 500);
const bad: [string, Uint8Array, string, string?][] = [
  ['an empty file', Buffer.alloc(0), 'is empty'],
  ['half a header', three.subarray(0, 10), 'is cut off in its header: expected 16 bytes, found 10'],
  [
    'labels',
    imageFile(3, { magic: 0x801 }),
    'is a file of labels (magic 0x00000801): expected a file of images (magic 0x00000803)',
  ],
  [
    'a few labels',
    Buffer.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 7),
    'is a file of labels (magic 0x00000801): expected a file of images (magic 0x00000803)',
  ],
  [
    'a wrong magic',
    Buffer.from('pixels, but not these'),
    'is not an IDX file of images: expected a file of images (magic 0x00000803), found 0x70697865',
  ],
  [
    'a web page',
    Buffer.from('<!DOCTYPE html><html>'),
    'is a web page (HTML), not an IDX file of images: was it saved from a browser?',
    'images.gz',
  ],
  [
    'a web page that is packed',
    gzipSync('\n <html lang="en">'),
    'is a web page (HTML), not an IDX file of images: was it saved from a browser?',
    'images.gz',
  ],
  [
    'a Git LFS pointer',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
    'is a Git LFS pointer, not an IDX file of images: get the file itself with "git lfs pull"',
  ],
  ['what is gzipped twice', gzipSync(gzipSync(three)), 'is gzipped, not an IDX file of images: unpack it first'],
  ['a zip', Buffer.from('PK\x03\x04 and more', 'latin1'), 'is a zip, not an IDX file of images: unpack it first'],
  ['images of another size', imageFile(3, { height: 32, width: 32 }), 'has images of 32×32: expected 28×28'],
  ['images of another height', imageFile(3, { height: 32 }), 'has images of 32×28: expected 28×28'],
  ['images of another width', imageFile(3, { width: 32 }), 'has images of 28×32: expected 28×28'],
  ['no images', imageFile(0), 'has no images in it'],
  [
    'a claim of four billion images',
    imageFile(1, { claims: 0xffffffff }),
    'claims 4294967295 images: expected at most 2097152',
  ],
  [
    'a claim of more than there is',
    imageFile(3, { claims: 2_000_000 }),
    'is cut off: expected 1568000016 bytes for its 2000000 images, found 2368',
  ],
  ['a cut file', three.subarray(0, -1), 'is cut off: expected 2368 bytes for its 3 images, found 2367'],
  ['trailing bytes', Buffer.concat([three, Buffer.of(0)]), 'has more than the 2368 bytes that its 3 images take'],
  ['an empty gz', Buffer.alloc(0), 'is empty', 'images.gz'],
  ['a gzip of nothing', gzipSync(''), 'unpacks to nothing', 'images.gz'],
  ['a cut gzip', gz.subarray(0, -20), 'is cut off: its gzip stream has no end', 'images.gz'],
  ['a damaged gzip', damaged, 'is damaged: its gzip stream cannot be unpacked (incorrect data check)', 'images.gz'],
  [
    'labels in a gzip',
    gzipSync(imageFile(3, { magic: 0x801 })),
    'is a file of labels (magic 0x00000801): expected a file of images (magic 0x00000803)',
    'images.gz',
  ],
];

for (const [what, content, problem, name] of bad) {
  test(`${what} is refused in its own words`, async () => {
    const file = written(content, name);
    await assert.rejects(readImages(file, imageShape, 'do this'), refused(file, problem));
  });
}

test('images need not be square', async () => {
  const file = imageFile(3, { height: 2, width: 5 });
  const shape = { height: 2, width: 5, channels: 1 } as const;
  const { sha256: _, notes: _notes, pixels, ...about } = await readImages(written(file), shape, 'do this');
  assert.deepEqual(about, { ...shape, count: 3 });
  assert.ok(Buffer.from(pixels).equals(file.subarray(16)));
  const turned = written(imageFile(3, { height: 5, width: 2 }));
  await assert.rejects(readImages(turned, shape, 'do this'), refused(turned, 'has images of 5×2: expected 2×5'));
});

test('more images than this file may have are refused', async () => {
  const file = written(three);
  await assert.rejects(
    readImages(file, imageShape, 'do this', 2),
    refused(file, 'claims 3 images: expected at most 2'),
  );
});

test('a file that is not there, is a folder or cannot be read is refused', async () => {
  const none = path.join(folder, 'none');
  await assert.rejects(readImages(none, imageShape, 'do this'), refused(none, 'is not there'));
  mkdirSync(path.join(folder, 'dir'));
  const dir = path.join(folder, 'dir');
  await assert.rejects(readImages(dir, imageShape, 'do this'), refused(dir, 'is a folder: expected a file of images'));
  await assert.rejects(readImages('/dev/null', imageShape, 'do this'), refused('/dev/null', 'is not a regular file'));
  if (process.getuid?.() === 0) return;
  const locked = written(three, 'locked');
  chmodSync(locked, 0);
  await assert.rejects(readImages(locked, imageShape, 'do this'), refused(locked, 'cannot be read: permission denied'));
});

test('a gzip bomb is left as soon as it unpacks to more than its header allows', async () => {
  const bomb = gzipSync(Buffer.concat([imageFile(1), Buffer.alloc(200_000_000)]), { level: 1 });
  const file = written(bomb, 'bomb.gz');
  const before = process.memoryUsage().rss;
  await assert.rejects(
    readImages(file, imageShape, 'do this'),
    refused(file, 'has more than the 800 bytes that its 1 images take'),
  );
  assert.ok(process.memoryUsage().rss - before < 50_000_000);
});

test('whatever the header and the bytes, the answer is images or a DataError of one line', async () => {
  const file = path.join(folder, 'any');
  const word = fc.oneof(fc.constantFrom(0, 1, 2, 28, 0x801, 0x803, 0xffffffff), fc.nat({ max: 0xffffffff }));
  const header = fc.array(word, { maxLength: 5 }).map(words => {
    const bytes = Buffer.alloc(words.length * 4);
    words.forEach((value, i) => {
      bytes.writeUInt32BE(value, i * 4);
    });
    return bytes;
  });
  const plain = fc.tuple(header, fc.uint8Array({ maxLength: 2000 })).map(parts => Buffer.concat(parts));
  const packed = fc.tuple(plain, fc.nat(), fc.nat(255)).map(([bytes, at, xor]) => {
    const stream = gzipSync(bytes);
    stream[at % stream.length]! ^= xor;
    return stream;
  });
  const inMembers = fc
    .tuple(plain, fc.nat(), fc.uint8Array({ maxLength: 30 }))
    .map(([bytes, at, rest]) =>
      Buffer.concat([gzipSync(bytes.subarray(0, at % 99)), gzipSync(bytes.subarray(at % 99)), rest]),
    );
  const cut = fc.tuple(plain, fc.nat()).map(([bytes, at]) => gzipSync(bytes).subarray(0, at % (bytes.length + 18)));
  await fc.assert(
    fc.asyncProperty(fc.oneof(plain, packed, inMembers, cut), async bytes => {
      writeFileSync(file, bytes);
      const before = process.memoryUsage().arrayBuffers;
      try {
        const { pixels, count } = await readImages(file, imageShape, 'do this');
        assert.equal(pixels.length, count * 784);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, /^\/[^\n]*; do this$/);
      }
      assert.ok(process.memoryUsage().arrayBuffers - before < 50e6, 'no memory for what a header claims');
    }),
    { numRuns: Number(process.env.GAN_DIST_PROPERTY_RUNS || 500) },
  );
});
