/** Whole runs of `train()` that differ in nothing but the number of workers, and what they leave. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolveConfig } from '../../src/config/readConfig.js';
import { train } from '../../src/coordinator/train.js';
import { readRun } from './readRun.js';

export interface Case {
  batchSize: number;
  batchesPerEpoch: number;
  slices: number;
  seed: number;
  shuffle: boolean;
  discriminatorSteps: number;
  sampleEvery: number;
  steps: number;
}

/** Every number of workers leaves what one leaves: tensors, velocities, moving statistics, metrics and grids. */
export async function assertSameRun(setting: Case, workers: readonly number[]): Promise<void> {
  const expected = await trainCase(setting, 1);
  for (const number of workers) assert.deepEqual(await trainCase(setting, number), expected, `${number} workers`);
}

async function trainCase({ steps, ...setting }: Case, workers: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'gan-dist-same-'));
  const run = path.join(folder, 'run.zarr');
  const config = resolveConfig({ set: settings(setting, workers, run), cwd: '/' });
  const onStart = (start: { workers: number }) => assert.equal(start.workers, Math.min(workers, setting.slices));
  try {
    await train({ config, steps, onStart });
    return await readRun(run);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function settings(setting: Omit<Case, 'steps'>, workers: number, run: string): string[] {
  const { batchSize, batchesPerEpoch, slices, seed, shuffle, discriminatorSteps, sampleEvery } = setting;
  return [
    'data.source=mnist-10k',
    // An image more than the batches need: it is dropped, or shuffled in.
    `data.limit=${batchSize * batchesPerEpoch + 1}`,
    `training.batchSize=${batchSize}`,
    `training.seed=${seed}`,
    `training.shuffle=${shuffle}`,
    `training.discriminatorSteps=${discriminatorSteps}`,
    `parallel.slices=${slices}`,
    `parallel.workers=${workers}`,
    `output.sampleEvery=${sampleEvery}`,
    `output.run=${run}`,
  ];
}
