import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measurement } from '../../../src/coordinator/bench/measure.js';
import { fitPhases, predict } from '../../../src/coordinator/bench/scaling.js';

/** Measurements in which phases take `fixed + slice · ⌈8 / workers⌉` ms, and a bit more or less. */
function measure(
  workers: readonly number[],
  phases: { fixed: number; slice: number; off?: number[] }[],
): Measurement[] {
  return workers.map((count, i) => ({
    workers: count,
    steps: [],
    stepMs: 0,
    phases: phases.map(({ fixed, slice, off = [] }, place) => {
      const ms = fixed + slice * Math.ceil(8 / count) + (off[i] ?? 0);
      return { name: `phase ${place}`, compute: ms, slowest: ms, arithmetic: 0, wait: 0 };
    }),
  }));
}

test('what every rank does, and what each slice takes, is found from two numbers of workers', () => {
  const phases = [
    { fixed: 3, slice: 10 },
    { fixed: 20, slice: 0.5 },
  ];
  const model = fitPhases(measure([1, 2, 4], phases), 8);
  for (const [i, { fixed, slice }] of phases.entries()) {
    assert.ok(Math.abs(model[i]!.fixed - fixed) < 1e-9, `${model[i]!.fixed}`);
    assert.ok(Math.abs(model[i]!.slice - slice) < 1e-9, `${model[i]!.slice}`);
  }
  const eight = predict(model, 8, 8, 128);
  assert.equal(eight.stepMs.toFixed(6), '33.500000');
  assert.deepEqual([eight.limit, eight.slices], ['phase 1', 8]);
  assert.equal(eight.part.toFixed(4), (20.5 / 33.5).toFixed(4));
});

test('with more cores than slices the batch is cut finer', () => {
  const model = fitPhases(measure([1, 2], [{ fixed: 1, slice: 8 }]), 8);
  assert.deepEqual(
    [3, 8, 64].map(cores => predict(model, 8, cores, 128).stepMs.toFixed(6)),
    ['25.000000', '9.000000', '2.000000'],
  );
  assert.equal(predict(model, 8, 64, 128).slices, 64);
  assert.equal(predict(model, 8, 64, 32).slices, 32);
});

test('one number of workers tells nothing of what every rank does', () => {
  assert.deepEqual(fitPhases(measure([2], [{ fixed: 4, slice: 3 }]), 8), [{ name: 'phase 0', fixed: 0, slice: 4 }]);
});

test('noise makes no time negative', () => {
  const [slower, faster] = fitPhases(
    measure(
      [1, 2],
      [
        { fixed: 10, slice: 0, off: [0, 5] },
        { fixed: 0, slice: 10, off: [0, -20] },
      ],
    ),
    8,
  );
  assert.deepEqual(slower, { name: 'phase 0', fixed: 12.5, slice: 0 });
  assert.deepEqual([faster!.fixed, faster!.slice > 0], [0, true]);
});
