import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareEngineEnvironment } from '../../src/shared/engine.js';

prepareEngineEnvironment();
const { copyInPlaceTo, copyTo } = await import('../../src/workers/tensorflow/ops.js');
const { fromArray, tidy } = await import('../../src/workers/tensorflow/tensors.js');

const memory = new WebAssembly.Memory({ initial: 20, maximum: 20, shared: true });

/** Copies numbers to a place of the memory, and looks at it and at what lies around it. */
function assertCopied(byteOffset: number, length: number): void {
  const around = new Float32Array(memory.buffer, byteOffset - 64, length + 32).fill(-1);
  const numbers = Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(i)));
  tidy(() => copyTo(new Float32Array(memory.buffer, byteOffset, length), fromArray(numbers, [length / 8, 8])));
  assert.deepEqual(around.subarray(16, 16 + length), numbers, `${length} numbers at ${byteOffset}`);
  assert.ok([...around.subarray(0, 16), ...around.subarray(16 + length)].every(value => value === -1));
}

for (const [place, byteOffset] of [
  ['aligned', 1024],
  ['not aligned', 1028],
] as const)
  test(`tensors are copied to memory that is ${place}, whether or not TensorFlow does it itself`, () => {
    for (const length of [8, 65_528, 65_536, 200_000]) assertCopied(byteOffset, length);
    assert.ok(copyInPlaceTo(memory));
    for (const length of [8, 65_528, 65_536, 200_000]) assertCopied(byteOffset, length);
    // And to an array of its own.
    const own = new Float32Array(70_000);
    tidy(() => copyTo(own, fromArray(new Float32Array(70_000).fill(3), [70_000])));
    assert.ok(own.every(value => value === 3));
  });
