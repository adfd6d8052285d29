/** What a reader is told of a run that is damaged, changed meanwhile, newer, or none. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StoreError } from '../../../src/shared/errors.js';
import { openRun } from '../../../src/store/reading/run.js';
import { openRunToWrite } from '../../../src/store/writing/recovery.js';
import { damageRow } from '../damageRow.js';
import { appendTo, makeClosedRun, makeFolder, makeRun } from '../testRuns.js';

const runIn = async (t: TestContext) => join(await makeFolder(t), 'run.zarr');

test('a flipped bit in the rows of metrics or samples is named by every reader', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [12]);
  const files = ['metrics/d_loss/0', 'metrics/fingerprint/0', 'samples/step/0'].map(name => join(path, name));
  for (const file of files) await damageRow(file, 4);
  const run = await openRun(path);
  const damaged = (file: string) => new StoreError(`${file} is damaged: it does not match its SHA-256`, file);
  await assert.rejects(run.readMetrics(), damaged(files[0]!));
  await assert.rejects(run.readArray('metrics/d_loss'), damaged(files[0]!));
  await assert.rejects(run.readArray('metrics/fingerprint'), damaged(files[1]!));
  await assert.rejects(run.readSampleSteps(), damaged(files[2]!));
  assert.equal((await run.readArray('metrics/g_loss')).data[11], -11);
});

test('who reads a run that was cut back meanwhile is told to open it again', async t => {
  const path = await runIn(t);
  const writer = await makeRun(path, [5]);
  appendTo(writer, 12);
  await writer.flush();
  await writer.close();
  const run = await openRun(path);
  const { writer: next } = await openRunToWrite(path, { keep: 0 });
  await assert.rejects(run.readArray('metrics/d_loss'), {
    name: 'StoreError',
    message: `metrics/d_loss of ${path} cannot be read: the run was changed while it was read; open it again`,
  });
  await next.close();
});

test('what is no run is told from what a run looks like, and left alone', async t => {
  const folder = await makeFolder(t);
  await assert.rejects(
    openRunToWrite(join(folder, 'none.zarr'), { keep: 0 }),
    new StoreError(`there is no run at ${join(folder, 'none.zarr')}`, join(folder, 'none.zarr')),
  );
  await assert.rejects(
    openRunToWrite(folder, { keep: 0 }),
    new StoreError(
      `${folder} is not a run of gan-dist: a run is a folder with .zmetadata, .zattrs, checkpoints, metrics and samples`,
      folder,
    ),
  );
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(openRun(join(folder, 'file')), /is not a run of gan-dist/);
  assert.deepEqual(await readdir(folder), ['file']);
});

test('a run of a newer format is refused by reader and writer', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5]);
  await cp(path, `${path}.copy`, { recursive: true });
  const consolidated = JSON.parse(await readFile(join(path, '.zmetadata'), 'utf8'));
  consolidated.metadata['.zattrs'].format = 2;
  delete consolidated.sha256;
  await writeFile(join(path, '.zmetadata'), JSON.stringify(consolidated));
  const message = new StoreError(`${path} has format 2, this gan-dist reads up to 1; use a newer one`, path);
  await assert.rejects(openRun(path), message);
  await assert.rejects(openRunToWrite(path, { keep: 0 }), message);
});

test('no path in the metadata leads out of the store', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5]);
  const text = await readFile(join(path, '.zmetadata'), 'utf8');
  const consolidated = JSON.parse(text);
  const key = 'checkpoints/00000005/.zattrs';
  consolidated.metadata[key].manifest['../../../secret'] = { bytes: 1, sha256: '' };
  delete consolidated.sha256;
  await writeFile(join(path, '.zmetadata'), JSON.stringify(consolidated));
  await assert.rejects((await openRun(path)).readCheckpoint(), /which is no path in a store/);
  consolidated.metadata['metrics/../../secret/.zarray'] = consolidated.metadata['metrics/step/.zarray'];
  await writeFile(join(path, '.zmetadata'), JSON.stringify(consolidated));
  assert.match((await openRun(path)).damage!, /"metrics\/\.\.\/\.\.\/secret\/\.zarray", which is no path in a store/);
});
