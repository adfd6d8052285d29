import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeEngine } from '../../src/shared/engine.js';
import { openRun } from '../../src/store/index.js';
import { assertSameAsWhole, readRun } from '../coordinator/readRun.js';
import { assertFails, makeTemporaryFolder, runWell } from './program.js';

const folder = makeTemporaryFolder();
const inBfloat16 = ['--set=data.source=mnist-10k', '--set=training.batchSize=8', '--set=parallel.precision=bfloat16'];
const hasBfloat16 = describeEngine().instructionSets.some(set => /^(avx512|amx)_bf16$/.test(set));

test('bfloat16 is refused before anything is written where the processor has no instructions for it', {
  skip: hasBfloat16,
}, () => {
  const line = `parallel.precision bfloat16 needs a processor with AVX512-BF16 or AMX-BF16, which this one (${cpus()[0]!.model.trim()}) has not; leave it at float32`;
  assertFails(folder, ['train', '--run=refused.zarr', ...inBfloat16], 1, line);
  assertFails(folder, ['bench', ...inBfloat16], 1, line);
  assert.ok(!existsSync(join(folder, 'refused.zarr')));
});

test('a run in bfloat16 that was stopped and resumed with other workers is that of one never stopped', async t => {
  process.env.GAN_DIST_EMULATE_BFLOAT16 = '1';
  t.after(() => delete process.env.GAN_DIST_EMULATE_BFLOAT16);
  const steps = (run: string, count: number, workers: number) =>
    runWell(folder, 'train', `--run=${run}`, '--resume', ...inBfloat16, `--steps=${count}`, `--workers=${workers}`);
  steps('whole.zarr', 3, 1);
  steps('parts.zarr', 1, 3);
  steps('parts.zarr', 3, 2);
  await assertSameAsWhole(join(folder, 'parts.zarr'), await readRun(join(folder, 'whole.zarr')));
  const { parallel } = (await openRun(join(folder, 'parts.zarr'))).config as { parallel: { precision: string } };
  assert.equal(parallel.precision, 'bfloat16');
});
