/** A process that only slept while its run was taken over must not write into it any more. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LockError } from '../../../src/shared/errors.js';
import { nodeFileSystem } from '../../../src/store/disk/fileSystem.js';
import { createRun } from '../../../src/store/writing/createRun.js';
import { openRunToWrite } from '../../../src/store/writing/recovery.js';
import { description, makeFolder, metricsOf, stateOf } from '../testRuns.js';

/** A folder that several machines share. */
const fileSystem = { ...nodeFileSystem, isLocal: () => false, lockFile: () => undefined };

/** A run whose writer, in this process, looks as if it were on another machine. */
async function createElsewhere(t: TestContext) {
  const path = join(await makeFolder(t), 'run.zarr');
  const older = await createRun(path, description, { keep: 0, fileSystem });
  await older.commitCheckpoint({ step: 0, epoch: 0, batch: 0 }, stateOf(0));
  const lock = JSON.parse(readFileSync(`${path}.lock`, 'utf8'));
  writeFileSync(`${path}.lock`, JSON.stringify({ ...lock, host: 'elsewhere', bootId: 'other' }));
  return { path, older };
}

test('the older of two writers notices before its next commit, and leaves the newer one alone', async t => {
  const { path, older } = await createElsewhere(t);

  await assert.rejects(openRunToWrite(path, { keep: 0, fileSystem }), /--take-over \(and your other flags\)$/);
  const { writer: newer, recovery } = await openRunToWrite(path, { keep: 0, fileSystem, takeOver: true });
  assert.deepEqual([recovery.takenOverFrom?.host, recovery.takenOverFrom?.grounds], ['elsewhere', 'told']);

  older.appendMetrics(metricsOf(0));
  await assert.rejects(older.commitCheckpoint({ step: 1, epoch: 0, batch: 1 }, stateOf(1)), LockError);
  assert.equal(existsSync(join(path, 'metrics/step/0')), false, 'nothing of a commit was begun');
  await older.close();
  assert.ok(existsSync(`${path}.lock`));
  newer.appendMetrics(metricsOf(0));
  await newer.commitCheckpoint({ step: 1, epoch: 0, batch: 1 }, stateOf(1));
  await newer.close();
  assert.equal(existsSync(`${path}.lock`), false);
});

test('who takes a run over on somebody’s word waits until the older process has stopped writing', async t => {
  const { path } = await createElsewhere(t);
  let files = 3;
  const rmdir = async (folder: string) => {
    if (folder === `${path}.tmp` && files-- > 0)
      throw Object.assign(new Error('directory not empty'), { code: 'ENOTEMPTY' });
    return nodeFileSystem.rmdir(folder);
  };
  const { writer } = await openRunToWrite(path, { keep: 0, fileSystem: { ...fileSystem, rmdir }, takeOver: true });
  assert.equal(files, -1);
  await writer.close();
});
