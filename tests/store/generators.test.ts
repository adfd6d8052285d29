import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRun } from '../../src/store/reading/run.js';
import { openRunToWrite } from '../../src/store/writing/recovery.js';
import { assertRun } from './assertRun.js';
import { makeClosedRun, makeFolder, trainTo } from './testRuns.js';

test('the generator of each epoch stays when its checkpoint goes', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [0, 5, 10, 15, 20, 25, 30], { keep: 2 });
  const run = await openRun(path);
  assert.deepEqual(
    [run.checkpoints, run.generators],
    [
      [25, 30],
      [10, 20, 30],
    ],
  );
  await assertRun(path, { steps: 30, checkpoints: [25, 30] });
  assert.deepEqual(await run.verify(), []);
  await assert.rejects(run.readGenerator(25), /has kept no generator of step 25; it has those of 10, 20, 30$/);
});

test('none is kept where that is not wanted', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [10, 20], { keepGenerators: false });
  const run = await openRun(path);
  assert.deepEqual([run.generators, await run.verify()], [[], []]);
  await assert.rejects(run.readGenerator(10), /has kept no generator of step 10; it has none$/);
});

test('going back to an older checkpoint takes later generators away', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [10, 15, 20]);
  await rm(join(path, 'checkpoints/00000020/generator/dense_1/kernel/0.0'));
  const { writer, recovery } = await openRunToWrite(path, { keep: 0, keepGenerators: true });
  assert.equal(recovery.position?.step, 15);
  assert.deepEqual((await openRun(path)).generators, [10]);
  assert.deepEqual((await readdir(join(path, 'generators'))).sort(), ['.zgroup', '00000010']);
  await trainTo(writer, 20);
  await writer.close();
  await assertRun(path, { steps: 20, checkpoints: [10, 15, 20] });
  assert.deepEqual((await openRun(path)).generators, [10, 20]);
});

test('what a commit leaves that was cut off is no part of the run, and goes with the next resume', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [10, 15]);
  await mkdir(join(path, 'generators/00000020'));
  const run = await openRun(path);
  const left = { path: join(path, 'generators/00000020'), harmless: true };
  assert.deepEqual(await run.verify(), [{ ...left, message: `${left.path} is not part of the run` }]);
  await (await openRunToWrite(path, { keep: 0 })).writer.close();
  assert.deepEqual(await (await openRun(path)).verify(), []);
});

test('damage is found, and named', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [10]);
  const file = join(path, 'generators/00000010/dense_1/bias/0');
  await writeFile(file, Buffer.alloc(8));
  const run = await openRun(path);
  const message = `${file} is damaged: its content does not match the manifest`;
  assert.deepEqual(await run.verify(), [{ path: file, message, harmless: false }]);
  await assert.rejects(run.readGenerator(10), { name: 'CheckpointError', message });
});
