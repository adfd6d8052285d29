import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { decode } from 'fast-png';
import { encodePng } from '../../src/pictures/png.js';

test('a PNG is grey with 8 bits, and its pixels come back', () => {
  const pixels = Uint8Array.from({ length: 6 }, (_, i) => i * 50);
  const png = Buffer.from(encodePng({ width: 3, height: 2, channels: 1, pixels }));
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  assert.equal(png.toString('latin1', 12, 16), 'IHDR');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20), ...png.subarray(24, 29)], [3, 2, 8, 0, 0, 0, 0]);
  const data = png.indexOf('IDAT');
  const lines = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
  assert.deepEqual([...lines], [0, 0, 50, 100, 0, 150, 200, 250], 'each line after its filter, which is 0: none');
});

test('a PNG in colour has colour type 2, and its pixels come back', () => {
  const pixels = Uint8Array.from({ length: 18 }, (_, i) => i * 13);
  const png = Buffer.from(encodePng({ width: 3, height: 2, channels: 3, pixels }));
  assert.deepEqual([...png.subarray(24, 29)], [8, 2, 0, 0, 0]);
  const { width, height, channels, data } = decode(png);
  assert.deepEqual(
    { width, height, channels, data: [...data] },
    { width: 3, height: 2, channels: 3, data: [...pixels] },
  );
});
