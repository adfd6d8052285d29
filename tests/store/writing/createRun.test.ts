/** New runs: made whole, and never over something. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LockError, StoreError } from '../../../src/shared/errors.js';
import { openRun } from '../../../src/store/reading/run.js';
import { createRun } from '../../../src/store/writing/createRun.js';
import { openRunToWrite } from '../../../src/store/writing/recovery.js';
import { MemoryFileSystem } from '../memoryFileSystem.js';
import { description, makeClosedRun, makeFolder, makeRun } from '../testRuns.js';

test('a run that is called as the folder beside another is not cleared away', async t => {
  const folder = await makeFolder(t);
  await (await createRun(join(folder, 'a.zarr.tmp'), description, { keep: 0 })).close();
  await assert.rejects(
    createRun(join(folder, 'a.zarr'), description, { keep: 0 }),
    /a\.zarr\.tmp is a run, and what is /,
  );
  await openRun(join(folder, 'a.zarr.tmp'));
});

test('a new run has its description, empty tables, and nothing beside it but the lock', async t => {
  const folder = await makeFolder(t);
  const path = join(folder, 'deep/er/run.zarr');
  const writer = await createRun(path, description, { keep: 3 });
  const run = await openRun(path);
  assert.equal(run.attributes.format, 1);
  assert.match(run.attributes.runId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    [run.config, run.attributes.data, run.latest, run.steps],
    [description.config, description.data, null, 0],
  );
  assert.deepEqual((await run.readMetrics()).dLoss, new Float32Array());
  assert.deepEqual((await run.readArray('samples/grid')).shape, [0, 84, 56]);
  assert.deepEqual(await run.verify(), []);
  await writer.close();
  assert.deepEqual(await readdir(join(folder, 'deep/er')), ['run.zarr']);
});

test('a run that exists is left alone, and both flags are named', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [5]);
  await assert.rejects(
    createRun(path, description, { keep: 3 }),
    new StoreError(`${path} exists; continue it with --resume, or delete and replace it with --overwrite`, path),
  );
  assert.equal((await openRun(path)).latest?.step, 5);
});

test('overwrite replaces a run', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [5]);
  const writer = await createRun(path, description, { keep: 3, overwrite: true });
  await writer.close();
  assert.equal((await openRun(path)).latest, null);
});

test('overwrite deletes nothing that is not a run, and no run that is written', async t => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'precious'));
  await writeFile(join(folder, 'precious/thesis.txt'), 'x');
  await assert.rejects(
    createRun(join(folder, 'precious'), description, { keep: 3, overwrite: true }),
    /is not a run of gan-dist.*it is left alone/,
  );
  await writeFile(join(folder, 'file'), 'x');
  await assert.rejects(
    createRun(join(folder, 'file'), description, { keep: 3, overwrite: true }),
    /file is a file, not a run; choose another path/,
  );
  assert.deepEqual(await readdir(join(folder, 'precious')), ['thesis.txt']);
  const writer = await makeRun(join(folder, 'run.zarr'), [5]);
  await assert.rejects(createRun(join(folder, 'run.zarr'), description, { keep: 3, overwrite: true }), LockError);
  await writer.close();
  assert.equal((await openRun(join(folder, 'run.zarr'))).latest?.step, 5);
});

test('a folder that cannot be written is named, with what to do', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async t => {
  const folder = await makeFolder(t);
  await chmod(folder, 0o555);
  await assert.rejects(
    createRun(join(folder, 'run.zarr'), description, { keep: 3 }),
    /permission denied; choose a folder/,
  );
});

test('a path under a file is refused', async t => {
  const folder = await makeFolder(t);
  await writeFile(join(folder, 'file'), 'x');
  await assert.rejects(createRun(join(folder, 'file/run.zarr'), description, { keep: 3 }), (error: Error) => {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /could not create the run: part of the path is a file, not a folder \(ENOTDIR, .*file/);
    return true;
  });
});

test('a creation cut off at any operation leaves no run, or a whole one', async () => {
  const path = '/runs/run.zarr';
  for (let n = 1; ; n++) {
    const fs = new MemoryFileSystem();
    Object.assign(fs.faults, { failAt: n, lasts: n % 2 === 0 ? 'once' : 'for good' });
    const writer = await createRun(path, description, { keep: 3, fileSystem: fs }).catch(error => {
      assert.ok(error instanceof StoreError, `${fs.faults.failed}: ${error.stack}`);
    });
    if (!fs.faults.failed) break;
    await writer?.close();
    for (const unsynced of ['kept', 'lost'] as const) {
      const after = fs.after(unsynced);
      await after.unlink(`${path}.lock`).catch(() => {});
      const there = await after.entry(path).catch(() => undefined);
      if (there) assert.equal((await openRun(path, after)).steps, 0, fs.faults.failed);
      const options = { keep: 3, fileSystem: after };
      const again = there ? (await openRunToWrite(path, options)).writer : await createRun(path, description, options);
      await again.close();
      assert.deepEqual(await (await openRun(path, after)).verify(), [], fs.faults.failed);
    }
  }
});

test('two names of one run have one lock', async t => {
  const folder = await makeFolder(t);
  const writer = await makeRun(join(folder, 'run.zarr'), [5]);
  await symlink(join(folder, 'run.zarr'), join(folder, 'latest.zarr'));
  await assert.rejects(openRunToWrite(join(folder, 'latest.zarr'), { keep: 0 }), LockError);
  await writer.close();
  assert.equal((await openRun(join(folder, 'latest.zarr'))).latest?.step, 5);
});

test('every metadata file is as docs/store-format.md says', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [5]);
  const json = async (key: string) => JSON.parse(await readFile(join(path, key), 'utf8'));
  assert.deepEqual(await json('metrics/d_loss/.zarray'), {
    zarr_format: 2,
    shape: [5],
    chunks: [1024],
    dtype: '<f4',
    compressor: null,
    fill_value: 'NaN',
    order: 'C',
    filters: null,
    dimension_separator: '.',
  });
  const { shape, chunks, compressor, fill_value } = await json('samples/grid/.zarray');
  assert.deepEqual([shape, chunks, compressor, fill_value], [[1, 84, 56], [1, 84, 56], { id: 'zlib', level: 1 }, null]);
  assert.deepEqual((await json('samples/fixed/.zattrs'))._ARRAY_DIMENSIONS, ['step', 'image', 'y', 'x']);
  const { manifest, ...attributes } = await json('checkpoints/00000005/.zattrs');
  assert.deepEqual(attributes, { step: 5, epoch: 0, batch: 5, config: description.config });
  const files = (await readdir(join(path, 'checkpoints/00000005'), { recursive: true, withFileTypes: true })).filter(
    e => e.isFile(),
  );
  assert.equal(Object.keys(manifest).length, files.length - 1);
  const consolidated = await json('.zmetadata');
  assert.deepEqual(consolidated.metadata['.zattrs'], await json('.zattrs'));
  assert.equal(consolidated.zarr_consolidated_format, 1);
});
