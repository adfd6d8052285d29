/** A copy of a run that is being written is one commit of it, whole, or is not there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FileSystem, nodeFileSystem } from '../../../src/store/disk/fileSystem.js';
import { openRun } from '../../../src/store/reading/run.js';
import { copyToPlace } from '../../../src/store/writing/copyToPlace.js';
import { openRunToWrite } from '../../../src/store/writing/recovery.js';
import type { RunWriter } from '../../../src/store/writing/runWriter.js';
import { assertRun } from '../assertRun.js';
import { extremes, gatherDeaths, isTorture, sampleOf as someOf } from '../losses.js';
import { MemoryFileSystem } from '../memoryFileSystem.js';
import { startWriter } from '../startWriter.js';
import { appendTo, makeClosedRun, makeFolder, makeRun, trainTo } from '../testRuns.js';

/** All files below a folder, with their content. */
async function readTree(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files: [string, string][] = [];
  for (const name of names.sort())
    if ((await stat(join(folder, name))).isFile()) files.push([name, await readFile(join(folder, name), 'latin1')]);
  return new Map(files);
}

test('a copy is the run, file by file, and can be gone on with', async t => {
  const folder = await makeFolder(t);
  const [from, to] = [join(folder, 'run.zarr'), join(folder, 'backup/run.zarr')];
  await makeClosedRun(from, [5, 20]);
  const told: number[] = [];
  const { copied, path, files, bytes } = await copyToPlace(from, to, {
    onProgress: ({ files, totalBytes }) => told.push(files, totalBytes),
  });
  assert.deepEqual([copied.latest?.step, path], [20, to]);
  const tree = await readTree(from);
  assert.deepEqual(await readTree(to), tree);
  assert.deepEqual(await readdir(join(folder, 'backup')), ['run.zarr'], 'no lock or temporary folder stays');
  assert.equal(files, tree.size);
  assert.equal(
    bytes,
    [...tree.values()].reduce((sum, { length }) => sum + length, 0),
  );
  assert.deepEqual([told[0], told.at(-2)], [0, files]);
  const { writer } = await openRunToWrite(to, { keep: 0 });
  await trainTo(writer, 23);
  await writer.close();
  await assertRun(to, { steps: 23, checkpoints: [5, 20, 23] });
  assert.deepEqual(await (await openRun(to)).verify(), []);
});

test('rows that a writer appends while a copy is made are not in it', async t => {
  const folder = await makeFolder(t);
  const [from, to] = [join(folder, 'run.zarr'), join(folder, 'copy.zarr')];
  const writer = await makeRun(from, [5, 12]);
  const before = await readTree(from);
  const fileSystem = onceAtFirstFile(async () => {
    appendTo(writer, 15);
    await writer.flush();
  });
  await copyToPlace(from, to, { fileSystem });
  await writer.close();
  assert.deepEqual(await readTree(to), before);
});

/** The disk, but that something happens before the first file of a copy is made. */
function onceAtFirstFile(happen: () => Promise<void>): FileSystem {
  let isDue = true;
  const create: FileSystem['create'] = async path => {
    if (isDue && path.includes('.tmp/copy-')) {
      isDue = false;
      await happen();
    }
    return nodeFileSystem.create(path);
  };
  return { ...nodeFileSystem, create };
}

test('a run that is written all the time, and keeps three checkpoints, is copied whole while all three are deleted', async t => {
  const folder = await makeFolder(t);
  const [from, to] = [join(folder, 'run.zarr'), join(folder, 'copy.zarr')];
  const writer = await startWriter(t, from, 12);
  // It goes on when the copy has opened what it copies, however busy this machine is.
  writer.kill('SIGSTOP');
  const fileSystem = onceAtFirstFile(async () => {
    writer.kill('SIGCONT');
    await once(writer, 'exit');
  });
  const { copied, files } = await copyToPlace(from, to, { fileSystem });
  const step = copied.latest!.step;
  assert.ok(step < 9 && files > 20, `checkpoint ${step} of 12`);
  await assertRun(to, { steps: step, checkpoints: [...copied.checkpoints] });
  assert.deepEqual(await (await openRun(to)).verify(), []);
});

/** Two commits are made each time a certain tensor of the run is opened, up to a step. */
class Restless extends MemoryFileSystem {
  writer: RunWriter | undefined;
  steps: number[] = [];

  override async open(path: string) {
    if (path.includes('conv_1')) for (const step of this.steps.splice(0, 2)) await trainTo(this.writer!, step);
    return super.open(path);
  }
}

async function makeRestless(upTo: number): Promise<Restless> {
  const fs = new Restless();
  await fs.mkdir('/runs');
  fs.writer = await makeRun('/runs/run.zarr', [1, 2], { keep: 2, fileSystem: fs });
  fs.steps = Array.from({ length: upTo - 2 }, (_, i) => i + 3);
  return fs;
}

test('of a commit that is gone before it can be opened the next is copied, and that is said', async () => {
  const fileSystem = await makeRestless(6);
  const notices: string[] = [];
  const onNotice = (message: string) => notices.push(message);
  const { copied } = await copyToPlace('/runs/run.zarr', '/runs/copy.zarr', { fileSystem, onNotice });
  assert.deepEqual(copied.checkpoints, [5, 6]);
  assert.deepEqual(notices, [
    'commit 2 of run.zarr is gone already; copying a newer one',
    'commit 4 of run.zarr is gone already; copying a newer one',
  ]);
  await assertRun('/runs/copy.zarr', { steps: 6, checkpoints: [5, 6] }, fileSystem);
});

test('a run that changes all the time is given up, and nothing is left', async () => {
  const fileSystem = await makeRestless(100);
  await assert.rejects(copyToPlace('/runs/run.zarr', '/runs/copy.zarr', { fileSystem }), {
    name: 'StoreError',
    message:
      '/runs/run.zarr changes sooner than it can be opened: what is to be copied of /runs/run.zarr cannot be read: the run was changed while it was read; open it again; try again, or let it keep more checkpoints (output.keep)',
  });
  const left = (await fileSystem.list('/runs')).filter(name => !name.startsWith('run.zarr'));
  assert.deepEqual(left, []);
});

test('where a process may open few files, the others are read by their names', async t => {
  const folder = await makeFolder(t);
  const [from, to] = [join(folder, 'run.zarr'), join(folder, 'copy.zarr')];
  await makeClosedRun(from, [5, 12]);
  let [opened, closed] = [0, 0];
  const open: FileSystem['open'] = async path => {
    if (opened === 5) throw Object.assign(new Error('too many'), { code: 'EMFILE' });
    opened++;
    const file = await nodeFileSystem.open(path);
    const close = () => {
      closed++;
      return file.close();
    };
    return { ...file, close };
  };
  await copyToPlace(from, to, { fileSystem: { ...nodeFileSystem, open } });
  assert.deepEqual(await readTree(to), await readTree(from));
  assert.deepEqual([opened, closed], [5, 5]);
});

test('a damaged file is named, and nothing is copied', async t => {
  const folder = await makeFolder(t);
  const from = join(folder, 'run.zarr');
  await makeClosedRun(from, [5, 12]);
  const file = join(from, 'checkpoints/00000005/generator/dense_1/bias/0');
  await writeFile(file, Buffer.alloc(16));
  await assert.rejects(copyToPlace(from, join(folder, 'copy.zarr')), {
    name: 'StoreError',
    message: `${file} is damaged: it does not match its SHA-256; nothing was copied, as a copy holds only what is whole: inspect --verify lists what is damaged`,
  });
  assert.deepEqual(await readdir(folder), ['run.zarr']);
});

test('a copy replaces nothing but a run, when asked, and is neither within the other nor within what is beside it', async t => {
  const folder = await makeFolder(t);
  const from = join(folder, 'run.zarr');
  await makeClosedRun(from, [5]);
  await makeClosedRun(join(folder, 'old.zarr'), [1]);
  await mkdir(join(folder, 'notes'));
  await symlink(from, join(folder, 'link.zarr'));
  const before = await readTree(folder);
  const refuse = (to: string, message: RegExp, overwrite = true) =>
    assert.rejects(copyToPlace(from, join(folder, to), { overwrite }), message);
  await refuse('old.zarr', /old\.zarr exists; copy to another path, or delete and replace it with --overwrite$/, false);
  await refuse('notes', /notes is not a run of gan-dist: .* it is left alone: choose another path$/);
  const apart = /is no place for a copy of .*: one is within the other, or within its \.tmp or \.lock; choose another$/;
  for (const to of ['.', 'run.zarr', 'link.zarr', 'run.zarr/a', 'link.zarr/a', 'run.zarr.tmp/a', 'run.zarr.lock'])
    await refuse(to, apart);
  assert.deepEqual(await readTree(folder), before);
  await makeClosedRun(join(folder, 'x.tmp'), [5]);
  await assert.rejects(copyToPlace(join(folder, 'x.tmp'), join(folder, 'x')), apart);
  await copyToPlace(from, join(folder, 'old.zarr'), { overwrite: true });
  assert.deepEqual(await readTree(join(folder, 'old.zarr')), await readTree(from));
});

test('a copy that has no room is refused before anything is written', async t => {
  const folder = await makeFolder(t);
  const from = join(folder, 'run.zarr');
  await makeClosedRun(from, [5]);
  const fileSystem = { ...nodeFileSystem, freeBytes: async () => 1000 };
  await assert.rejects(
    copyToPlace(from, join(folder, 'copy.zarr'), { fileSystem }),
    /copy\.zarr has 1 MB free, and the copy needs 1 MB: free some space, or choose another disk$/,
  );
  assert.deepEqual(await readdir(folder), ['run.zarr']);
});

test('a copy cut off at any operation, whatever is lost, is there whole or not at all', async t => {
  const [from, to] = ['/runs/run.zarr', '/backup/copy.zarr'];
  const made = new MemoryFileSystem();
  await makeClosedRun(from, [5, 12], { fileSystem: made });
  await made.mkdir('/backup');
  const fs = made.after('kept');
  const deaths = await gatherDeaths(
    fs,
    () => copyToPlace(from, to, { fileSystem: fs }),
    isTorture ? undefined : extremes,
  );
  const seen = { nothing: 0, whole: 0 };
  for (const { what, fs } of someOf(deaths.remains, 40)) {
    const names = await fs.list('/backup');
    if (names.includes('copy.zarr')) {
      seen.whole++;
      await assertRun(to, { steps: 12, checkpoints: [5, 12] }, fs);
    } else seen.nothing++;
    await assert.rejects(openRun('/backup/copy.zarr.tmp', fs), what);
    await fs.unlink('/backup/copy.zarr.lock').catch(() => {});
    await copyToPlace(from, to, { fileSystem: fs, overwrite: true });
    // A lock that was never linked stays as long as its process runs, which is this one.
    const left = (await fs.list('/backup')).filter(name => !name.includes('.new-'));
    assert.deepEqual(left, ['copy.zarr'], what);
  }
  assert.ok(seen.nothing > 4 && seen.whole > 1, JSON.stringify(seen));
  t.diagnostic(
    `${deaths.operations} operations × losses: ${deaths.cases} cases, ${deaths.remains.length} different stores`,
  );
});
