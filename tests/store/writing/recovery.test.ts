/** Opening a run to go on: cut back, fallen back, and said what was lost. */
import assert from 'node:assert/strict';
import { readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CheckpointError, StoreError } from '../../../src/shared/errors.js';
import { metricsTable } from '../../../src/store/layout.js';
import { openRun } from '../../../src/store/reading/run.js';
import { openRunToWrite } from '../../../src/store/writing/recovery.js';
import { assertRun, assertTables } from '../assertRun.js';
import { damageRow } from '../damageRow.js';
import { appendTo, makeClosedRun, makeFolder, makeRun, trainTo } from '../testRuns.js';

const runIn = async (t: TestContext) => join(await makeFolder(t), 'run.zarr');
const kernel = 'generator/dense_1/kernel';

const lostColumn = (array: string): string =>
  `${array} of steps 0 to 11 is lost: it reads as ${/saturation|fingerprint/.test(array) ? 0 : 'NaN'}`;
/** Of metrics, but for the steps, which are known. */
const everyColumn = metricsTable.columns.map(({ name }) => name).filter(name => name !== 'step');

/** Inverts one bit in the middle of a file. */
async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 4;
  await writeFile(path, bytes);
}

test('without .zmetadata a damaged file of a checkpoint costs no more than that checkpoint', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5, 8]);
  await rm(join(path, '.zmetadata'));
  await writeFile(join(path, 'checkpoints/00000008/.zattrs'), '{');
  const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
  await writer.close();
  assert.equal(recovery.position?.step, 5);
  assert.deepEqual(
    recovery.deletedCheckpoints.map(({ step }) => step),
    [8],
  );
});

test('with .zmetadata and the attributes of the root both gone or damaged the way out is told, and nothing changed', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5]);
  await writeFile(join(path, '.zattrs'), '{');
  await writeFile(join(path, '.zmetadata'), '{');
  const message = `${path} cannot be opened: ${path}/.zmetadata is damaged: it is not JSON, and ${path}/.zattrs is damaged: it is not JSON; put one of the two back from a copy (nothing was changed)`;
  await assert.rejects(openRunToWrite(path, { keep: 0 }), new StoreError(message, path));
  for (const name of ['.zattrs', '.zmetadata']) await rm(join(path, name));
  const gone = `${path} has checkpoints, but .zmetadata and .zattrs are missing: put one of the two back from a copy`;
  await assert.rejects(openRunToWrite(path, { keep: 0 }), new StoreError(gone, path));
});

test('steps recorded after the newest checkpoint are cut away and counted', async t => {
  const path = await runIn(t);
  const writer = await makeRun(path, [5, 12]);
  appendTo(writer, 19);
  await writer.flush();
  await writer.close();
  await assertTables(path, 19);
  const opened = await openRunToWrite(path, { keep: 0 });
  assert.deepEqual(opened.recovery, {
    position: { step: 12, epoch: 1, batch: 2 },
    lostSteps: 7,
    deletedCheckpoints: [],
    problems: [],
    takenOverFrom: undefined,
  });
  await assertRun(path, { steps: 12, checkpoints: [5, 12] });
  const tail = new Float32Array((await readFile(join(path, 'metrics/d_loss/0'))).buffer.slice(0));
  assert.deepEqual([tail[11], Number.isNaN(tail[12]), tail.length], [11.25, true, 1024]);
  assert.deepEqual((await readdir(join(path, 'samples/grid'))).sort(), [
    '.zarray',
    '.zattrs',
    '0.0.0',
    '1.0.0',
    '2.0.0',
  ]);
  await trainTo(opened.writer, 19);
  await opened.writer.close();
  await assertRun(path, { steps: 19, checkpoints: [5, 12, 19] });
});

test('a cut goes back over chunks that were complete', async t => {
  const path = await runIn(t);
  const writer = await makeRun(path, [1020]);
  appendTo(writer, 3000);
  await writer.flush();
  await writer.close();
  const opened = await openRunToWrite(path, { keep: 0 });
  assert.equal(opened.recovery.lostSteps, 1980);
  assert.deepEqual((await readdir(join(path, 'metrics/step'))).sort(), ['.zarray', '.zattrs', '0']);
  assert.deepEqual(await (await openRun(path)).verify(), []);
  await trainTo(opened.writer, 1100);
  await opened.writer.close();
  await assertRun(path, { steps: 1100, checkpoints: [1020, 1100] });
  assert.deepEqual(await (await openRun(path)).verify(), []);
});

test('a run without a checkpoint starts at step 0 again', async t => {
  const path = await runIn(t);
  const writer = await makeRun(path, []);
  appendTo(writer, 3);
  await writer.flush();
  await writer.close();
  const opened = await openRunToWrite(path, { keep: 3 });
  assert.equal(opened.recovery.position, null);
  assert.equal(opened.recovery.lostSteps, 3);
  assert.equal(opened.writer.steps, 0);
  await trainTo(opened.writer, 0);
  await opened.writer.close();
  await assertRun(path, { steps: 0, checkpoints: [0] });
});

test('the sample that closed a run is taken again when the run goes on', async t => {
  const path = await runIn(t);
  const writer = await makeRun(path, []);
  appendTo(writer, 4);
  writer.appendSample({ ...(await import('../testRuns.js')).sampleOf(4) });
  await trainTo(writer, 4);
  await writer.close();
  assert.deepEqual([...(await (await openRun(path)).readSampleSteps())], [0, 4]);
  const opened = await openRunToWrite(path, { keep: 0 });
  await trainTo(opened.writer, 8);
  await opened.writer.close();
  await assertRun(path, { steps: 8, checkpoints: [4, 8] });
});

const damages: [name: string, damage: (checkpoint: string) => Promise<unknown>, file: string][] = [
  ['a flipped bit', c => flipBit(join(c, kernel, '0.0')), `${kernel}/0.0`],
  ['a truncated chunk', c => truncate(join(c, kernel, '0.0'), 5), `${kernel}/0.0`],
  ['an empty chunk', c => truncate(join(c, kernel, '0.0')), `${kernel}/0.0`],
  ['a missing chunk', c => rm(join(c, kernel, '0.0')), `${kernel}/0.0`],
  ['an extra chunk', c => writeFile(join(c, kernel, '0.1'), 'x'), `${kernel}/0.1`],
  ['a damaged .zarray', c => flipBit(join(c, kernel, '.zarray')), `${kernel}/.zarray`],
  ['a damaged .zattrs of an array', c => truncate(join(c, kernel, '.zattrs')), `${kernel}/.zattrs`],
  ['a damaged manifest', c => flipBit(join(c, '.zattrs')), '.zattrs'],
  ['a missing manifest', c => rm(join(c, '.zattrs')), '.zattrs'],
  ['a missing group', c => rm(join(c, 'velocity'), { recursive: true }), 'velocity/'],
  [
    'a link instead of a chunk',
    async c => {
      await rename(join(c, kernel, '0.0'), join(c, '../../../elsewhere'));
      await symlink(join(c, '../../../elsewhere'), join(c, kernel, '0.0'));
    },
    `${kernel}/0.0`,
  ],
];

for (const [name, damage, file] of damages)
  test(`${name} is named, and the run goes on from the checkpoint before`, async t => {
    const path = await runIn(t);
    await makeClosedRun(path, [5, 12, 17]);
    const checkpoint = join(path, 'checkpoints/00000017');
    await damage(checkpoint);
    const run = await openRun(path);
    await assert.rejects(run.readCheckpoint(), (error: Error) => {
      assert.ok(error instanceof CheckpointError);
      assert.ok(error.path?.startsWith(join(checkpoint, file)), `${error.path}`);
      assert.ok(error.message.includes(join(checkpoint, file)), error.message);
      return true;
    });
    const problems = await run.verify();
    assert.ok(problems.length > 0 && problems.every(({ path }) => path.startsWith(join(checkpoint, file))));
    const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
    assert.equal(recovery.position?.step, 12);
    assert.equal(recovery.lostSteps, 5);
    assert.deepEqual(
      recovery.deletedCheckpoints.map(({ step }) => step),
      [17],
    );
    await assertRun(path, { steps: 12, checkpoints: [5, 12] });
    assert.deepEqual(await readdir(join(path, 'checkpoints')), ['.zgroup', '00000005', '00000012']);
    await trainTo(writer, 17);
    await writer.close();
    await assertRun(path, { steps: 17, checkpoints: [5, 12, 17] });
    assert.deepEqual(await (await openRun(path)).verify(), []);
  });

test('when no checkpoint is good nothing is changed, and all is named', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5, 12]);
  for (const step of ['00000005', '00000012']) await truncate(join(path, 'checkpoints', step, kernel, '0.0'), 3);
  const before = await readTree(path);
  await assert.rejects(openRunToWrite(path, { keep: 0 }), (error: Error) => {
    assert.ok(error instanceof CheckpointError);
    assert.match(
      error.message,
      /no checkpoint of .* is good \(12, 5\): .*0\.0 is damaged: it has 3 bytes of 48; nothing was changed/,
    );
    return true;
  });
  assert.deepEqual(await readTree(path), before);
  assert.deepEqual(await readdir(join(path, '..')), ['run.zarr'], 'neither a lock nor a temporary folder is left');
});

for (const [name, damage] of [
  ['damaged', flipBit],
  ['empty', (path: string) => truncate(path)],
  ['missing', (path: string) => rm(path)],
] as const)
  test(`a ${name} .zmetadata is made anew from the other files`, async t => {
    const path = await runIn(t);
    await makeClosedRun(path, [5, 12]);
    await damage(join(path, '.zmetadata'));
    const run = await openRun(path);
    assert.match(run.damage!, /\.zmetadata is (damaged|missing)/);
    assert.equal((await run.verify()).length, 1);
    await assertRun(path, { steps: 12, checkpoints: [5, 12] });
    const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
    assert.equal(recovery.problems.length, 1);
    await writer.close();
    assert.deepEqual(await (await openRun(path)).verify(), []);
    await assertRun(path, { steps: 12, checkpoints: [5, 12] });
  });

test('damaged metrics are told, and training goes on', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5, 12]);
  await flipBit(join(path, 'metrics/d_loss/0'));
  await truncate(join(path, 'metrics/step/0'), 7);
  await rm(join(path, 'samples/grid/1.0.0'));
  const bytes = await readFile(join(path, 'metrics/g_loss/0'));
  bytes[3]! ^= 1;
  await writeFile(join(path, 'metrics/g_loss/0'), bytes);
  const named = ['metrics/step/0', 'metrics/g_loss/0', 'samples/grid/1.0.0'].map(key => join(path, key));
  assert.deepEqual(
    (await (await openRun(path)).verify()).map(({ path }) => path),
    named,
  );
  const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
  assert.equal(recovery.position?.step, 12);
  assert.deepEqual(
    recovery.problems.map(({ path }) => path),
    named,
  );
  await trainTo(writer, 14);
  await writer.close();
  const metrics = await (await openRun(path)).readMetrics();
  assert.deepEqual(
    [...metrics.step],
    Array.from({ length: 14 }, (_, step) => step),
  );
  assert.ok(metrics.gLoss.subarray(0, 12).every(Number.isNaN), 'damaged values are unknown');
  assert.deepEqual([...metrics.gLoss.subarray(12)], [-12, -13]);
  assert.equal(metrics.dLoss[11], 11.25, 'the flipped bit was behind the last row');
});

for (const [folder, expected] of [
  ['metrics', everyColumn.map(name => lostColumn(`metrics/${name}`))],
  ['metrics/d_loss', [lostColumn('metrics/d_loss')]],
  ['samples/step', ['samples of steps 0 to 11 are lost: which steps they were of cannot be read']],
  ['samples/fixed', [0, 1, 2].map(row => `PATH/samples/fixed/${row}.0.0.0 is missing`)],
] as const)
  test(`without its folder ${folder} a run goes on, and says what was lost with it`, async t => {
    const path = await runIn(t);
    await makeClosedRun(path, [5, 12]);
    await rm(join(path, folder), { recursive: true });
    const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
    assert.equal(recovery.position?.step, 12);
    const told = recovery.problems.map(({ message }) => message);
    assert.ok(told.length > 0 && told.every(message => message.startsWith(join(path, folder))), told.join('\n'));
    await trainTo(writer, 17);
    await writer.close();
    const run = await openRun(path);
    assert.deepEqual(
      (await run.verify()).map(({ message }) => message),
      expected.map(message => message.replace('PATH', path)),
    );
    assert.equal((await run.readMetrics()).dLoss[16], 16.25);
  });

for (const steps of [0, 3])
  test(`a run of ${steps} steps whose folders are gone starts again`, async t => {
    const path = await runIn(t);
    const writer = await makeRun(path, []);
    appendTo(writer, steps);
    await writer.flush();
    await writer.close();
    for (const folder of ['checkpoints', 'metrics', 'samples']) await rm(join(path, folder), { recursive: true });
    const opened = await openRunToWrite(path, { keep: 0 });
    assert.equal(opened.recovery.lostSteps, steps);
    await trainTo(opened.writer, 7);
    await opened.writer.close();
    await assertRun(path, { steps: 7, checkpoints: [7] });
    assert.deepEqual(await (await openRun(path)).verify(), []);
  });

test('a run whose committed checkpoints are all gone is refused, and left as it is', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5]);
  for (const folder of ['checkpoints', 'metrics']) await rm(join(path, folder), { recursive: true });
  await assert.rejects(openRunToWrite(path, { keep: 0 }), /no checkpoint of .* is good \(5\): .* is missing; nothing/);
  assert.deepEqual(await readdir(path), ['.zattrs', '.zgroup', '.zmetadata', 'generators', 'samples']);
});

test('damaged rows of an unfinished chunk are lost, in steps, and stay known as that', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5, 12]);
  await damageRow(join(path, 'metrics/g_loss/0'), 4);
  await damageRow(join(path, 'metrics/fingerprint/0'), 8);
  await damageRow(join(path, 'metrics/step/0'), 4);
  const file = (name: string) => `${join(path, 'metrics', name, '0')} is damaged: it does not match its SHA-256`;
  const lost = (name: string, to: number) => ({ array: `metrics/${name}`, from: 0, to });

  const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
  assert.deepEqual(
    recovery.problems.map(({ message, lost }) => [message, lost]),
    [
      [`${file('step')}; its steps are known, and written anew`, undefined],
      [`${file('g_loss')}; metrics/g_loss of steps 0 to 11 is lost: it reads as NaN`, lost('g_loss', 11)],
      [`${file('fingerprint')}; metrics/fingerprint of steps 0 to 11 is lost: it reads as 0`, lost('fingerprint', 11)],
    ],
  );
  await trainTo(writer, 17);
  await writer.close();
  const run = await openRun(path);
  assert.deepEqual(run.attributes.lost, [lost('g_loss', 11), lost('fingerprint', 11)]);
  const told = ['metrics/g_loss of steps 0 to 11 is lost: it reads as NaN'];
  told.push('metrics/fingerprint of steps 0 to 11 is lost: it reads as 0');
  const verified = await run.verify();
  assert.deepEqual(
    verified.map(({ message }) => message),
    told,
  );
  assert.ok(verified.every(({ harmless }) => !harmless));

  // Going back to checkpoint 5 computes steps 5 to 11 again: they are lost no longer.
  for (const step of ['00000012', '00000017']) await rm(join(path, 'checkpoints', step), { recursive: true });
  const again = await openRunToWrite(path, { keep: 0 });
  await trainTo(again.writer, 12);
  await again.writer.close();
  assert.deepEqual((await openRun(path)).attributes.lost, [lost('g_loss', 4), lost('fingerprint', 4)]);
  assert.equal((await (await openRun(path)).readMetrics()).gLoss[5], -5);
});

test('a complete chunk that is damaged stays as it is, and is whole again when its file comes back', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [1100]);
  const files = [join(path, 'metrics/d_loss/0'), join(path, 'samples/fixed/2.0.0.0')];
  const whole = await Promise.all(files.map(file => readFile(file)));
  for (const file of files) await flipBit(file);
  const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
  await writer.close();
  assert.match(
    recovery.problems[0]!.message,
    /d_loss\/0 is damaged: .*; metrics\/d_loss of steps 0 to 1023 is lost, unless you have a copy of that file$/,
  );
  assert.match(
    recovery.problems[1]!.message,
    /; samples\/fixed of step 10 is lost, unless you have a copy of that file$/,
  );
  const run = await openRun(path);
  assert.deepEqual(
    (await run.verify()).map(({ path }) => path),
    files,
  );
  await assert.rejects(
    run.readMetrics(),
    new StoreError(`${files[0]} is damaged: it does not match its SHA-256`, files[0]),
  );
  await assert.rejects(run.readSample(2), /samples\/fixed\/2\.0\.0\.0 is damaged/);
  for (const [i, file] of files.entries()) await writeFile(file, whole[i]!);
  assert.deepEqual(await run.verify(), []);
  await assertRun(path, { steps: 1100, checkpoints: [1100] });
});

test('samples whose steps cannot be read are lost, and the run says of which steps', async t => {
  const path = await runIn(t);
  await makeClosedRun(path, [5, 12]);
  await damageRow(join(path, 'samples/step/0'), 4);
  const { writer, recovery } = await openRunToWrite(path, { keep: 0 });
  const told = 'samples of steps 0 to 11 are lost: which steps they were of cannot be read';
  assert.ok(recovery.problems[0]!.message.endsWith(`; ${told}`), recovery.problems[0]!.message);
  await trainTo(writer, 17);
  await writer.close();
  const run = await openRun(path);
  assert.deepEqual([...(await run.readSampleSteps())], [15]);
  assert.deepEqual(
    (await run.verify()).map(({ message }) => message),
    [told],
  );
});

async function readTree(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files[name] = await readFile(path, 'base64');
  }
  return files;
}
