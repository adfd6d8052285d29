/** Runs in a folder that others may write: whatever they put at the names that the store uses is not followed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LockError, StoreError } from '../../src/shared/errors.js';
import { nodeFileSystem } from '../../src/store/disk/fileSystem.js';
import { replaceFiles, writeNewFile } from '../../src/store/disk/files.js';
import { describeThisProcess } from '../../src/store/disk/processes.js';
import { openRun } from '../../src/store/reading/run.js';
import { openRunToWrite } from '../../src/store/writing/recovery.js';
import { assertRun } from './assertRun.js';
import { makeClosedRun, makeFolder, makeRun, trainTo } from './testRuns.js';

/** A folder with a run's place, and what a stranger's links point to. */
async function makePlaces(t: TestContext) {
  const folder = await makeFolder(t);
  const [run, theirs] = [join(folder, 'run.zarr'), join(folder, 'theirs')];
  await mkdir(theirs);
  await writeFile(join(theirs, 'file'), 'as it was');
  return { folder, run, theirs };
}

async function assertUntouched(theirs: string): Promise<void> {
  assert.deepEqual(await readdir(theirs), ['file']);
  assert.equal(await readFile(join(theirs, 'file'), 'utf8'), 'as it was');
}

test('a link at the place of the temporary folder is removed, and not followed', async t => {
  const { run, theirs } = await makePlaces(t);
  await symlink(theirs, `${run}.tmp`);
  await makeClosedRun(run, [5]);
  await assertUntouched(theirs);
  await symlink(theirs, `${run}.tmp`);
  const { writer } = await openRunToWrite(run, { keep: 0 });
  await trainTo(writer, 12);
  await writer.close();
  await assertUntouched(theirs);
  await assertRun(run, { steps: 12, checkpoints: [5, 12] });
});

test('links in the temporary folder are removed, and not followed', async t => {
  const { run, theirs } = await makePlaces(t);
  const writer = await makeRun(run, [5]);
  await symlink(theirs, join(`${run}.tmp`, 'folder'));
  await symlink(join(theirs, 'file'), join(`${run}.tmp`, 'file'));
  await trainTo(writer, 12);
  assert.deepEqual(await readdir(`${run}.tmp`), []);
  await writer.close();
  await assertUntouched(theirs);
});

test('a link at the place of the lock is no lock: the run is refused, and what it points to stays', async t => {
  const { folder, theirs } = await makePlaces(t);
  const dead = JSON.stringify({ ...(await describeThisProcess()), startTime: '1' });
  await writeFile(join(folder, 'lock of a dead process'), dead);
  for (const target of ['theirs/file', 'theirs/nothing', 'theirs', 'lock of a dead process']) {
    const place = join(folder, `${target.replace('/', ' ')}.zarr`);
    await symlink(join(folder, target), `${place}.lock`);
    await assert.rejects(makeRun(place, []), (error: Error) => {
      assert.ok(error instanceof LockError, error.stack);
      assert.equal(error.message, `${place}.lock is not a lock of gan-dist; if nothing writes ${place}, delete it`);
      return true;
    });
    assert.equal(await readlink(`${place}.lock`), join(folder, target));
  }
  await assertUntouched(theirs);
  assert.equal(await readFile(join(folder, 'lock of a dead process'), 'utf8'), dead);
});

test('a new file is never written through a link', async t => {
  const { folder, theirs } = await makePlaces(t);
  for (const target of ['file', 'nothing']) {
    const link = join(folder, `to ${target}`);
    await symlink(join(theirs, target), link);
    await assert.rejects(writeNewFile(nodeFileSystem, link, Buffer.from('ours')), { code: 'EEXIST' });
    // A file of the store replaces the link, not what it points to.
    await replaceFiles(nodeFileSystem, folder, [[link, Buffer.from('ours')]]);
    assert.equal(await readFile(link, 'utf8'), 'ours');
  }
  await assertUntouched(theirs);
});

for (const folder of ['checkpoints', 'metrics', 'metrics/d_loss', 'samples/fixed'])
  test(`a link in the place of ${folder} is named, and nothing is written through it`, async t => {
    const { run, theirs } = await makePlaces(t);
    await makeClosedRun(run, [5]);
    await rename(join(run, folder), join(run, '..', 'moved'));
    await symlink(join(run, '..', 'moved'), join(run, folder));
    const before = await readdir(join(run, '..', 'moved'), { recursive: true });
    const message = `${join(run, folder)} is a link or a file: nothing is written through it; put the folder itself in its place`;
    await assert.rejects(openRunToWrite(run, { keep: 0 }), new StoreError(message, join(run, folder)));
    assert.deepEqual(await readdir(join(run, '..', 'moved'), { recursive: true }), before);
    assert.ok((await (await openRun(run)).verify()).some(problem => problem.message === message));
    await assertUntouched(theirs);
  });

test('a checkpoint behind a link is not one of the run: the one before is taken, and the link is all that goes', async t => {
  const { run, theirs } = await makePlaces(t);
  await makeClosedRun(run, [5, 8]);
  const [checkpoint, moved] = [join(run, 'checkpoints/00000008'), join(run, '..', 'moved')];
  await rename(checkpoint, moved);
  await symlink(moved, checkpoint);
  const before = await readdir(moved, { recursive: true });
  const problem = { path: checkpoint, message: `${checkpoint} is a link or a file, and no folder`, harmless: false };
  assert.deepEqual(await (await openRun(run)).verify(), [problem]);
  const { writer, recovery } = await openRunToWrite(run, { keep: 0 });
  await writer.close();
  assert.deepEqual(recovery.deletedCheckpoints, [{ step: 8, problems: [problem] }]);
  assert.deepEqual(await readdir(moved, { recursive: true }), before);
  await assertRun(run, { steps: 5, checkpoints: [5] });
  await assertUntouched(theirs);
});

test('a pipe or a link in the place of a metadata file is told, and replaced when the run goes on', async t => {
  const { run, theirs } = await makePlaces(t);
  await makeClosedRun(run, [5]);
  const keys = ['.zattrs', '.zgroup', 'metrics/d_loss/.zarray', 'samples/.zgroup'];
  const files = keys.map(key => join(run, key));
  for (const file of files) await rm(file);
  for (const file of files.slice(1)) execFileSync('mkfifo', [file]);
  await symlink(join(theirs, 'file'), files[0]!);
  const problems = await (await openRun(run)).verify();
  assert.deepEqual(
    problems.map(({ message }) => message).sort(),
    files.map(file => `${file} is not a regular file`).sort(),
  );
  const { writer } = await openRunToWrite(run, { keep: 0 });
  await writer.close();
  await assertRun(run, { steps: 5, checkpoints: [5] });
  await assertUntouched(theirs);
});

test('a pipe in the place of a chunk is no regular file, and nobody waits for it', async t => {
  const { run } = await makePlaces(t);
  await makeClosedRun(run, [5]);
  const chunk = join(run, 'metrics/d_loss/0');
  await rm(chunk);
  execFileSync('mkfifo', [chunk]);
  await assert.rejects((await openRun(run)).readMetrics(), {
    name: 'StoreError',
    message: `${chunk} is not a regular file`,
  });
});
