/** The rule of the reference (closeness.ts) as assertions. */
import assert from 'node:assert/strict';
import { compareNorms, tensorsOf } from '../../src/model/comparison/closeness.js';
import { referencePlan } from '../../src/model/plan.js';

/** Asserts that the rule allows every tensor's difference. */
export function assertSameNorms(
  actual: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
  plan = referencePlan(),
): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const { name, actual: found, expected: wanted, gap, allowed } of compareNorms(
    tensorsOf(plan),
    actual,
    expected,
  )) {
    assert.ok(gap <= allowed, `${name}: norm ${found}, expected ${wanted} ± ${allowed}`);
  }
}

export function assertClose(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected} ± ${tolerance}`);
}
