import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, encodeRecord } from '../../src/tensorboard/tfRecords.js';

test('the checksum is CRC32C, by the vectors of RFC 3720', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
});

test('a record is its length, its data, and a masked checksum of each', () => {
  const record = Buffer.from(encodeRecord(Buffer.from('abc')));
  assert.deepEqual([record.length, record.readBigUInt64LE(0), record.toString('latin1', 12, 15)], [19, 3n, 'abc']);
  const unmask = (masked: number) => {
    const rotated = (masked - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  assert.equal(unmask(record.readUInt32LE(8)), crc32c(record.subarray(0, 8)));
  assert.equal(unmask(record.readUInt32LE(15)), crc32c(Buffer.from('abc')));
});
