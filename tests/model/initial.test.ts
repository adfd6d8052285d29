import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { initialTensor } from '../../src/model/initial.js';
import { referencePlan } from '../../src/model/plan.js';
import { sizeOf } from '../../src/model/shape.js';
import { packageRoot } from '../packageRoot.js';

const { tensors } = referencePlan();

interface Fingerprint {
  shape: number[];
  sum: number;
  norm: number;
  at: number[];
  values: number[];
}

test('initial tensors are those of the reference: shapes, sums, norms and elements', () => {
  const file = new URL('tests/fixtures/trajectory.json', packageRoot);
  const { seed, after } = JSON.parse(readFileSync(file, 'utf8'));
  const reference: Record<string, Fingerprint> = after['0'];
  assert.deepEqual(tensors.map(t => t.name).sort(), Object.keys(reference).sort());
  tensors.forEach((spec, place) => {
    const { shape, sum, norm, at, values } = reference[spec.name]!;
    assert.deepEqual(spec.shape, shape, spec.name);
    const tensor = initialTensor(seed, place, spec.shape, spec.initial);
    assert.equal(tensor.length, sizeOf(shape), spec.name);
    assert.deepEqual(
      at.map(i => tensor[i]),
      values,
      spec.name,
    );
    let [total, squares] = [0, 0];
    for (const value of tensor) {
      total += value;
      squares += value * value;
    }
    assert.ok(
      Math.abs(total - sum) <= 1e-9 * tensor.length ** 0.5 * Math.max(1, norm),
      `${spec.name}: sum ${total}, ${sum}`,
    );
    assert.ok(Math.abs(Math.sqrt(squares) - norm) <= 1e-9 * norm, `${spec.name}: norm ${Math.sqrt(squares)}, ${norm}`);
  });
});

test('initial tensors keep their bytes', () => {
  const hash = createHash('sha256');
  tensors.forEach((spec, place) => {
    hash.update(new Uint8Array(initialTensor(1, place, spec.shape, spec.initial).buffer));
  });
  assert.equal(hash.digest('hex'), '8654d7c72d4ac88425ea75e1eb0b1c95a09b24dec08ffb7b8fad0442a1a44fda');
});
