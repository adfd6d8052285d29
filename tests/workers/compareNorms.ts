/** When two results are equal though other programs computed them: the rule of the reference. */
import assert from 'node:assert/strict';

const norm = (tensor: Float32Array): number => Math.sqrt(tensor.reduce((sum, value) => sum + value * value, 0));

export const normsOf = (tensors: ReadonlyMap<string, Float32Array>): Map<string, number> =>
  new Map([...tensors].map(([name, data]) => [name, norm(data)]));

/**
 * Asserts for every tensor |difference of the L2 norms| ≤ 1e-3 × max(its own norm, the norm of its layer's kernel, or of
 * that kernel's velocity for a velocity): a small bias is mostly rounding.
 */
export function assertSameNorms(actual: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, wanted] of expected) {
    const kernel = expected.get(name.replace(/[^/]+$/, 'kernel')) ?? 0;
    const difference = Math.abs(actual.get(name)! - wanted);
    const allowed = 1e-3 * Math.max(wanted, kernel);
    assert.ok(difference <= allowed, `${name}: norm ${actual.get(name)}, expected ${wanted} ± ${allowed}`);
  }
}

export function assertClose(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected} ± ${tolerance}`);
}
