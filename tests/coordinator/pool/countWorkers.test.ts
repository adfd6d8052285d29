import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { buildConfig } from '../../../src/config/config.js';
import { countProcessors, countWorkers } from '../../../src/coordinator/pool/countWorkers.js';

const count = (workers: number | 'auto', slices: number, available?: number) => {
  const { parallel } = buildConfig(new Map());
  return countWorkers({ parallel: { ...parallel, workers, slices } }, available);
};

test('auto is one worker to a core, at most one to a slice', () => {
  assert.deepEqual(count('auto', 8, 2), { workers: 2 });
  assert.deepEqual(count('auto', 8, 32), { workers: 8 });
  assert.equal(count('auto', 64).workers, Math.min(64, countProcessors()));
});

test('of a container’s quota of time no more than it gives, rounded up', () => {
  assert.equal(countProcessors(0.5), 1);
  assert.equal(countProcessors(1.2), Math.min(2, os.availableParallelism()));
  assert.equal(countProcessors(1000), os.availableParallelism());
});

test('a number is taken as it is, even above the number of cores', () => {
  assert.deepEqual(count(8, 8, 2), { workers: 8 });
});

test('more workers than slices are clamped, and the user is told', () => {
  assert.deepEqual(count(12, 8, 16), {
    workers: 8,
    notice: 'parallel.workers is 12, but there are only 8 slices to share out (parallel.slices): using 8 workers',
  });
});
