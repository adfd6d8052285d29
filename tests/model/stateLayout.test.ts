import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referencePlan } from '../../src/model/plan.js';
import { sizeOf } from '../../src/model/shape.js';
import { planState, readState, writeTensor } from '../../src/model/stateLayout.js';

const someSlices = [1, 3, 8, 16, 64];

const plan = referencePlan();

test('a state has every parameter, moving statistic and velocity', () => {
  const names = plan.state.map(({ name }) => name);
  const trainable = plan.tensors.filter(({ role }) => role === 'parameter').map(({ name }) => name);
  assert.equal(plan.tensors.length, 20);
  assert.deepEqual(names, [...plan.tensors.map(({ name }) => name), ...trainable.map(name => `velocity/${name}`)]);
});

test('tensors lie apart, each at a multiple of 64 bytes', () => {
  const layout = planState(plan, 8);
  let end = 0;
  for (const { name, shape } of plan.state) {
    const range = layout.rangeOf(name);
    assert.equal((range.start * 4) % 64, 0, name);
    assert.ok(range.start >= end, name);
    assert.equal(range.end - range.start, sizeOf(shape), name);
    end = range.end;
  }
  assert.ok(end <= layout.length);
});

test('the parts of the slices make up each tensor, one after the other', () => {
  for (const slices of someSlices) {
    const layout = planState(plan, slices);
    for (const { name } of plan.state) {
      const whole = layout.rangeOf(name);
      let end = whole.start;
      for (let slice = 0; slice < slices; slice++) {
        const part = layout.partOf(name, slice);
        assert.equal(part.start, end, `${name} ${slice}`);
        assert.equal(sizeOf(part.shape), part.end - part.start, `${name} ${slice}`);
        end = part.end;
      }
      assert.equal(end, whole.end, name);
    }
  }
});

test('what is written row major is read row major, whatever the blocks in between', () => {
  for (const slices of [3, 8]) {
    const layout = planState(plan, slices);
    const buffer = new SharedArrayBuffer(layout.length * 4 + 64);
    const state = new Float32Array(buffer, 64, layout.length);
    const tensors = plan.state.map(({ name, shape }, i) => {
      const data = new Float32Array(sizeOf(shape));
      for (let j = 0; j < data.length; j++) data[j] = (7 * i + j) % 65_521;
      writeTensor(state, layout, name, data);
      return { name, data };
    });
    const read = [...readState(buffer, layout, 64)];
    assert.deepEqual(
      read.map(({ name }) => name),
      tensors.map(({ name }) => name),
    );
    for (const [i, { name, data }] of tensors.entries())
      assert.ok(sameNumbers(read[i]!.data, data), `${name} ${slices}`);
  }
});

const sameNumbers = (a: Float32Array, b: Float32Array) => Buffer.compare(bytes(a), bytes(b)) === 0;
const bytes = (a: Float32Array) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

test('a slice’s part of a dense kernel is its columns, row major', () => {
  const layout = planState(plan, 3);
  const name = 'generator/dense_1/kernel';
  const state = new Float32Array(layout.length);
  writeTensor(
    state,
    layout,
    name,
    Float32Array.from({ length: 100 * 1024 }, (_, i) => i),
  );
  const { start, shape } = layout.partOf(name, 1);
  assert.deepEqual(shape, [100, 682 - 341]);
  assert.deepEqual([...state.subarray(start, start + 3)], [341, 342, 343]);
  assert.equal(state[start + 341], 1024 + 341, 'the second row of the block');
});

test('a tensor of another model is refused', () => {
  const layout = planState(plan, 8);
  const state = new Float32Array(layout.length);
  const message = 'generator/dense_1/bias with 1000 numbers is not a tensor of this model';
  assert.throws(() => writeTensor(state, layout, 'generator/dense_1/bias', new Float32Array(1000)), { message });
  assert.throws(() => layout.rangeOf('generator/dense_9/bias'), RangeError);
});
