import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ComputedStep } from '../../../src/coordinator/pool/stepMetrics.js';
import { type Claims, judgeCloseness } from '../../../src/coordinator/proof/replayVerdict.js';
import { referencePlan } from '../../../src/model/plan.js';

const kernel = (scale: number) => ({ shape: [4], data: Float32Array.of(3, -1, 2, 4).map(value => value * scale) });
const state = (scale: number) => new Map([['generator/conv_1/kernel', kernel(scale)]]);

/** Steps 100, 101 … whose D loss is off by `error` in the last one. */
function judge(count: number, error: number, scale: number) {
  const losses = { dLoss: 0.5, gLoss: 1, dReal: 0.5, dFake: 0.5, fakeSpread: 0, fingerprint: 0n, stepMs: 1 };
  const steps: ComputedStep[] = Array.from({ length: count }, (_, i) => ({ step: 100 + i, ...losses }));
  const dLoss = Float32Array.from({ length: 100 + count }, (_, step) => (step === 99 + count ? 0.5 + error : 0.5));
  const claims = { dLoss, gLoss: new Float32Array(100 + count).fill(1) } as unknown as Claims;
  return judgeCloseness(referencePlan(), { steps, state: state(1) }, claims, state(scale));
}

test('a loss may be off by 1e-4 in the first 30 steps, by 3e-4 in the next 30', () => {
  assert.equal(judge(30, 0.9e-4, 1).answer, 'equal within');
  assert.deepEqual(judge(30, 1.5e-4, 1), {
    answer: 'different',
    finding:
      "D's loss of step 129 differs by 0.00015 where 0.0001 is allowed, more than rounding explains within 60 steps",
  });
  assert.equal(judge(31, 1.5e-4, 1).answer, 'equal within');
  assert.equal(judge(60, 4e-4, 1).answer, 'different');
});

test('what is off after more than 60 steps says nothing', () => {
  assert.deepEqual(judge(61, 4e-4, 1), {
    answer: 'not testable here',
    finding:
      "D's loss of step 160 differs by 0.0004 where 0.0003 is allowed, more than rounding explains within 60 steps; over 61 steps it may: take two checkpoints that are at most 60 steps apart",
  });
});

test('a tensor may be off by a thousandth of its norm, and not by a loss that is no number', () => {
  assert.deepEqual(judge(2, 0, 1.0004), {
    answer: 'equal within',
    within: 0.0004,
    finding: 'every parameter, as a share of its norm or its kernel’s, the larger; losses within 0',
  });
  assert.equal(judge(2, 0, 1.002).answer, 'different');
  assert.equal(judge(2, Number.NaN, 1).answer, 'different');
});

describe('a tensor of the same norm that is another one', () => {
  const judgeTensor = (name: string, ...values: number[]) => {
    const tensor = (data: number[]) => ({ shape: [2], data: Float32Array.from(data) });
    const of = (data: number[]) => new Map([...state(1), [name, tensor(data)]]);
    return judgeCloseness(referencePlan(), { steps: [], state: of([3, 4]) }, undefined, of(values)).answer;
  };
  test('is different', () => assert.equal(judgeTensor('generator/conv_2/kernel', 4, 3), 'different'));
  test('may be off by a twentieth if it is a velocity', () => {
    // (3, 4) turned by 0.04 and by 0.06: its own norm stays 5.
    assert.equal(judgeTensor('velocity/generator/conv_1/kernel', 2.8376, 4.1167), 'equal within');
    assert.equal(judgeTensor('velocity/generator/conv_1/kernel', 2.7547, 4.1727), 'different');
  });
});
