import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thread } from '../../../src/workers/thread.js';
import { openWorkspace } from '../../../src/workers/webAssembly/workspace.js';

test('a workspace grows in place, since every memory of its own reserves 10 GiB of addresses', () => {
  openWorkspace(4, 1000, 1000);
  const { memory } = thread.workspace!;
  const small = memory.buffer.byteLength;
  const { images, tiles } = openWorkspace(4, 1_000_000, 1_000_000);
  assert.equal(thread.workspace!.memory, memory);
  assert.ok(memory.buffer.byteLength > small);
  for (const region of [images, tiles]) {
    assert.equal(region.buffer, memory.buffer);
    assert.ok(thread.inPlace.has(region.buffer), 'TensorFlow copies to it itself');
  }
});

test('beyond its maximum it is another one', () => {
  openWorkspace(4, 1000, 1000);
  const { memory } = thread.workspace!;
  const { images } = openWorkspace(4, 20_000_000, 1000);
  images.fill(1);
  assert.notEqual(thread.workspace!.memory, memory);
  assert.ok(thread.inPlace.has(images.buffer));
});
