/** A copy of a part of a run is a run: it can be opened and verified, and holds what was asked for. */
import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRun } from '../../../src/store/index.js';
import { makeClosedRun, makeFolder, sampleOf } from '../testRuns.js';

test('a copy has the arrays that are wanted, and is whole in itself', async t => {
  const folder = await makeFolder(t);
  const path = join(folder, 'run.zarr');
  await makeClosedRun(path, [5, 12]);
  const run = await openRun(path);
  const to = join(folder, 'copy');
  await run.copyTo(to, {
    isWanted: array => !array.startsWith('checkpoints/00000005') && !array.includes('/velocity/'),
  });
  const copy = await openRun(to);
  assert.deepEqual(await copy.verify(), []);
  assert.deepEqual(copy.checkpoints, [12]);
  assert.deepEqual([...(await copy.readCheckpoint()).keys()].sort(), [
    'discriminator/conv_1/kernel',
    'generator/dense_1/bias',
    'generator/dense_1/kernel',
  ]);
  assert.deepEqual(await copy.readMetrics(), await run.readMetrics());
  assert.deepEqual(await copy.readSample(1), sampleOf(5));
});

test('a damaged file is not copied, but named', async t => {
  const folder = await makeFolder(t);
  for (const [name, damage] of [
    ['samples/fixed/1.0.0.0', (file: string) => writeFile(file, 'damaged')],
    ['checkpoints/00000005/generator/dense_1/bias/0', (file: string) => writeFile(file, Buffer.alloc(16))],
    ['metrics/g_loss/0', (file: string) => appendFile(file, 'x')],
  ] as const) {
    const path = join(folder, name.replaceAll('/', '-'));
    await makeClosedRun(path, [5, 12]);
    await damage(join(path, name));
    const copying = (await openRun(path)).copyTo(`${path}.copy`);
    await assert.rejects(copying, (error: Error) => error.name === 'StoreError' && error.message.includes(name));
  }
});
