/**
 * Stores that were written and damaged long ago (tests/fixtures/makeStores.ts): what can be read of
 * them stays readable, and the rest fails with the same message, for good. A change of the format
 * must not change a line here.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openRun } from '../../src/store/reading/run.js';
import { openRunToWrite } from '../../src/store/writing/recovery.js';
import { packageRoot } from '../packageRoot.js';
import { unzipFolder } from '../zippedFolder.js';
import { assertRun } from './assertRun.js';
import { makeFolder, tensorsOf, trainTo } from './testRuns.js';

const folder = new URL('tests/fixtures/stores/', packageRoot);
const kernel = 'RUN/checkpoints/00000012/generator/dense_1/kernel';
const noHash = 'is damaged: it does not match its SHA-256';

interface Expected {
  /** What `verify` says, each message or its beginning; of a store that cannot be opened, why. */
  says: string[];
  /** The checkpoint that a resume goes on from, or why it does not. */
  resumes: number | string;
  /** What a resume says of metrics and samples. */
  damage?: string[];
}

/** One damaged file of checkpoint 12 costs the steps since checkpoint 5. */
const fallsBack = (message: string): Expected => ({ says: [message], resumes: 5 });
const elsewhere =
  'RUN was locked by process 1234 on a-machine-elsewhere, started 2026-01-01T00:00:00.000Z, which cannot be seen from here; if you know that it does not run any more, go on with npx gan-dist resume RUN --take-over (and your other flags)';
const newer = 'RUN has format 2, this gan-dist reads up to 1; use a newer one';

const stores: Record<string, Expected> = {
  good: { says: [], resumes: 12 },
  'flipped-bit': fallsBack(`${kernel}/0.0 is damaged: its content does not match the manifest`),
  'truncated-chunk': fallsBack(`${kernel}/0.0 is damaged: it has 5 bytes of 48`),
  'empty-chunk': fallsBack(`${kernel}/0.0 is damaged: it has 0 bytes of 48`),
  'missing-chunk': fallsBack(`${kernel}/0.0 is missing`),
  'extra-chunk': fallsBack(`${kernel}/0.1 is not in the manifest`),
  'damaged-zarray': fallsBack(`${kernel}/.zarray is damaged: its content does not match the manifest`),
  'damaged-zattrs': fallsBack(`${kernel}/.zattrs is damaged: it has 0 bytes of 53`),
  'damaged-manifest': fallsBack(
    'RUN/checkpoints/00000012/.zattrs is missing, damaged, or disagrees with the consolidated metadata',
  ),
  'missing-checkpoint': { says: ['RUN/checkpoints/00000012 is missing'], resumes: 5 },
  'no-good-checkpoint': {
    says: ['00000005', '00000012'].map(
      step => `RUN/checkpoints/${step}/generator/dense_1/bias/0 is damaged: it has 3 bytes of 16`,
    ),
    resumes:
      'no checkpoint of RUN is good (12, 5): RUN/checkpoints/00000012/generator/dense_1/bias/0 is damaged: it has 3 bytes of 16; nothing was changed',
  },
  'damaged-zmetadata': {
    says: ['RUN/.zmetadata is damaged: it does not match its own SHA-256'],
    resumes: 12,
    damage: ['RUN/.zmetadata is damaged: it does not match its own SHA-256'],
  },
  'missing-zmetadata': { says: ['RUN/.zmetadata is missing'], resumes: 12, damage: ['RUN/.zmetadata is missing'] },
  'damaged-root-zattrs': { says: ['RUN/.zattrs is damaged: it holds no JSON object'], resumes: 12 },
  'damaged-metrics': {
    says: [`RUN/metrics/g_loss/0 ${noHash}`],
    resumes: 12,
    damage: [`RUN/metrics/g_loss/0 ${noHash}; metrics/g_loss of steps 0 to 11 is lost: it reads as NaN`],
  },
  'damaged-complete-chunk': {
    says: [`RUN/metrics/d_loss/0 ${noHash}`],
    resumes: 1030,
    damage: [
      `RUN/metrics/d_loss/0 ${noHash}; metrics/d_loss of steps 0 to 1023 is lost, unless you have a copy of that file`,
    ],
  },
  // zlib's own words follow.
  'damaged-sample': {
    says: ['RUN/samples/grid/1.0.0 is damaged: '],
    resumes: 12,
    damage: ['RUN/samples/grid/1.0.0 is damaged: '],
  },
  'newer-format': { says: [newer], resumes: newer },
  'killed-in-a-checkpoint': { says: [], resumes: elsewhere },
  'killed-before-the-commit': { says: [], resumes: elsewhere },
};

test('every kept store is here', async () => {
  assert.deepEqual(
    (await readdir(folder)).sort(),
    Object.keys(stores)
      .map(name => `${name}.zip.gz`)
      .sort(),
  );
});

for (const [name, expected] of Object.entries(stores))
  test(`the kept store ${name} is read and resumed as ever`, async t => {
    const run = await unpack(t, name);
    const told = (message: string) => message.replaceAll(run, 'RUN');
    assertSaid((await verify(run)).map(told), expected.says);
    const resumed = await openRunToWrite(run, { keep: 0 }).catch((error: Error) => error);
    if (resumed instanceof Error) return assert.equal(told(resumed.message), expected.resumes);
    const { writer, recovery } = resumed;
    assert.equal(recovery.position?.step, expected.resumes);
    assertSaid(
      recovery.problems.map(({ message }) => told(message)),
      expected.damage ?? [],
    );
    const last = writer.steps + 5;
    await trainTo(writer, last);
    await writer.close();
    const now = await openRun(run);
    assert.deepEqual([now.latest?.step, now.steps], [last, last]);
    assert.deepEqual([...(await now.readCheckpoint()).values()], tensorsOf(last));
  });

for (const name of ['killed-in-a-checkpoint', 'killed-before-the-commit'])
  test(`the kept store ${name} goes on without a loss when its lock is deleted`, async t => {
    const run = await unpack(t, name);
    await assertRun(run, { steps: 12, checkpoints: [5, 12] });
    await rm(`${run}.lock`);
    const { writer, recovery } = await openRunToWrite(run, { keep: 0 });
    assert.deepEqual([recovery.lostSteps, recovery.problems, recovery.deletedCheckpoints], [0, [], []]);
    await trainTo(writer, 17);
    await writer.close();
    await assertRun(run, { steps: 17, checkpoints: [5, 12, 17] });
    assert.deepEqual(await (await openRun(run)).verify(), []);
  });

test('the kept store good reads as it was written', async t =>
  assertRun(await unpack(t, 'good'), { steps: 12, checkpoints: [5, 12] }));

test('a run from before there were generators and histograms gets generators from its next epoch on', async t => {
  const run = await unpack(t, 'good');
  const { writer } = await openRunToWrite(run, { keep: 0, keepGenerators: true });
  await trainTo(writer, 20);
  await writer.close();
  await assertRun(run, { steps: 20, checkpoints: [5, 12, 20], generators: [20] });
  const now = await openRun(run);
  assert.deepEqual(await now.verify(), []);
  assert.equal((await now.readSample(0)).histograms, undefined);
});

/** What a store says of itself; or why it cannot be opened. */
async function verify(run: string): Promise<string[]> {
  const opened = await openRun(run).catch((error: Error) => error);
  return opened instanceof Error ? [opened.message] : (await opened.verify()).map(({ message }) => message);
}

function assertSaid(actual: string[], expected: string[]): void {
  assert.deepEqual(
    actual.map((message, i) => message.slice(0, expected[i]?.endsWith(' ') ? expected[i].length : undefined)),
    expected,
  );
}

async function unpack(t: TestContext, name: string): Promise<string> {
  const place = await makeFolder(t);
  await unzipFolder(await readFile(new URL(`${name}.zip.gz`, folder)), place);
  return join(place, 'run.zarr');
}
