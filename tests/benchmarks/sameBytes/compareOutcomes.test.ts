import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDifference, type Outcome } from '../../../benchmarks/sameBytes/compareOutcomes.js';

const outcome = (changed: Partial<Outcome> = {}): Outcome => ({
  metrics: new Map<string, Float32Array | BigUint64Array>([
    ['d_loss', Float32Array.of(0.5, 0, Number.NaN)],
    ['g_loss', Float32Array.of(0.25, 1, 2)],
    ['fingerprint', BigUint64Array.of(1n, 2n ** 63n, 3n)],
  ]),
  files: new Map([['generator/conv_1/bias/0', 'a']]),
  pictures: new Map([['fixed images', 'b']]),
  ...changed,
});

const withMetrics = (changed: Record<string, Float32Array | BigUint64Array>) =>
  outcome({ metrics: new Map([...outcome().metrics, ...Object.entries(changed)]) });

test('equal outcomes have no difference, and NaN equals itself', () => {
  assert.equal(findDifference(outcome(), outcome()), undefined);
});

test('the first step and value that differ are named, by a single bit, and by the sign of zero', () => {
  const next = new Float32Array(Uint32Array.of(0x3e800001).buffer)[0]!;
  const cases: [Record<string, Float32Array | BigUint64Array>, string][] = [
    [{ g_loss: Float32Array.of(next, 1, 2) }, `step 0: g_loss is 0.25 and ${next}`],
    [{ d_loss: Float32Array.of(0.5, -0, Number.NaN) }, 'step 1: d_loss is 0 and -0'],
    [{ d_loss: Float32Array.of(0.5, 0, 7), g_loss: Float32Array.of(0.25, 1, 3) }, 'step 2: d_loss is NaN and 7'],
    [{ d_loss: Float32Array.of(0.5, 0, 7), g_loss: Float32Array.of(0.25, 3, 2) }, 'step 1: g_loss is 1 and 3'],
    [
      { fingerprint: BigUint64Array.of(1n, 2n ** 63n + 1n, 3n) },
      'step 1: fingerprint is 8000000000000000 and 8000000000000001',
    ],
    [{ g_loss: Float32Array.of(0.25, 1) }, 'metrics/g_loss has 3 and 2 steps'],
    [{ more: Float32Array.of(1) }, 'metrics/more has 0 and 1 steps'],
  ];
  for (const [changed, said] of cases) assert.equal(findDifference(outcome(), withMetrics(changed)), said);
});

test('a file of the checkpoint and a picture that differ are named', () => {
  const other = (changed: Partial<Outcome>) => findDifference(outcome(), outcome(changed));
  const bias = 'the last checkpoint: generator/conv_1/bias/0';
  assert.equal(other({ files: new Map([['generator/conv_1/bias/0', 'x']]) }), `${bias} has other bytes`);
  assert.equal(other({ files: new Map() }), `${bias} is there only before`);
  const more = new Map([...outcome().files, ['generator/new/0', 'x']]);
  assert.equal(other({ files: more }), 'the last checkpoint: generator/new/0 is there only after');
  assert.equal(other({ pictures: new Map([['fixed images', 'x']]) }), 'the last sample: fixed images has other bytes');
});
