import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeValues } from '../../src/tensorboard/event.js';

test('an image says its size and, as its colorspace, its channels', () => {
  for (const channels of [1, 3] as const) {
    const image = { tag: 'a', png: Uint8Array.of(7, 8), height: 2, width: 300, channels };
    const event = Buffer.from(encodeValues(0, 5, [image]));
    assert.deepEqual(
      [...event.subarray(9)],
      [
        ...[0x10, 5], // step
        ...[0x2a, 18, 0x0a, 16], // summary, its one value
        ...[0x0a, 1, 0x61], // tag
        ...[0x22, 11, 0x08, 2, 0x10, 0xac, 0x02, 0x18, channels, 0x22, 2, 7, 8], // height, width, colorspace, PNG
      ],
    );
  }
});
