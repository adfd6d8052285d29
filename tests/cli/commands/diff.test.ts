import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { reference } from '../../../src/model/presets.js';
import { createRun, openRun } from '../../../src/store/index.js';
import { asState } from '../../store/testRuns.js';
import { assertFails, makeSmallRun, makeTemporaryFolder, runProgram, runWell, smallRun } from '../program.js';

const folder = makeTemporaryFolder();
let run: string;

before(() => {
  run = makeSmallRun(folder);
});

test('two runs of one seed are identical, with other numbers of workers and step by step', () => {
  runWell(folder, 'train', '--run', 'again.zarr', '--workers', '1', ...smallRun);
  assert.equal(runWell(folder, 'diff', 'small.zarr', 'again.zarr'), identical('small.zarr@2', 'again.zarr@2'));
  assert.equal(runWell(folder, 'diff', 'small.zarr@1', 'again.zarr@1'), identical('small.zarr@1', 'again.zarr@1'));
});

const identical = (a: string, b: string) => `identical: all 38 tensors of ${a} and ${b}, bit by bit\n`;

test('runs of two seeds differ: exit 1, the reason, the first step and number, and how much of each tensor', () => {
  runWell(folder, 'train', '--run', 'other.zarr', '--set=training.seed=2', ...smallRun);
  const { status, stdout, stderr } = runProgram(folder, 'diff', 'small.zarr', 'other.zarr');
  assert.deepEqual([status, stderr], [1, '']);
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 5), [
    'A  small.zarr@2',
    'B  other.zarr@2',
    'training.seed: 1 | 2',
    'fingerprints: different from step 0 on',
    'different: 38 of 38 tensors',
  ]);
  assert.match(lines[5]!, /^first difference: generator\/dense_1\/kernel\[0, 0\]: -?0\.\d+ \| -?0\.\d+$/);
  assert.equal(lines.length, 6 + 38);
  assert.match(lines[6]!, /^ {2}generator\/dense_1\/kernel +102,[34]\d\d of 102,400 differ, by up to 0\.1\d+$/);
});

test('checkpoints of one run differ, and its fingerprints are not compared with themselves', () => {
  const { status, stdout } = runProgram(folder, 'diff', 'small.zarr@0', run);
  assert.equal(status, 1);
  assert.match(stdout, /^different: 38 of 38 tensors$/m);
  assert.doesNotMatch(stdout, /identical|fingerprints/);
});

test('other images and another engine are told as reasons', async () => {
  const original = await openRun(run);
  const { config, data, engine } = original.attributes;
  const description = {
    config,
    data: { ...data, sha256: 'f00' },
    engine: { ...engine, cpu: 'theirs' },
    batchSize: 32,
    model: reference,
  };
  const writer = await createRun(path.join(folder, 'theirs.zarr'), description, { keep: 0 });
  await writer.commitCheckpoint({ step: 0, epoch: 0, batch: 0 }, asState((await original.readCheckpoint(1)).values()));
  await writer.close();
  const { status, stdout } = runProgram(folder, 'diff', 'small.zarr@0', 'theirs.zarr');
  assert.equal(status, 1);
  assert.match(stdout, /^SHA-256 of the images: [0-9a-f]{64} \| f00$/m);
  assert.match(stdout, /^processor: .+ \| theirs$/m);
});

test('steps that are not the same are told, with those that both have', () => {
  runWell(folder, 'train', '--run', 'short.zarr', '--steps', '1', ...smallRun);
  const { status, stdout } = runProgram(folder, 'diff', 'small.zarr', 'short.zarr');
  assert.equal(status, 1);
  assert.match(stdout, /^the steps are not the same; both have checkpoint 0, 1: RUN@STEP names one$/m);
  assert.match(stdout, /^fingerprints: the same up to step 0, the last that both have$/m);
});

test('a folder may have an @ in its name', () => {
  renameSync(path.join(folder, 'short.zarr'), path.join(folder, 'run@7'));
  assert.equal(runWell(folder, 'diff', 'run@7', 'small.zarr@1'), identical('run@7@1', 'small.zarr@1'));
  assert.equal(runWell(folder, 'diff', 'run@7@0', 'small.zarr@0'), identical('run@7@0', 'small.zarr@0'));
});

test('a checkpoint that is not there fails and names those that are', () => {
  assertFails(folder, ['diff', 'small.zarr@7', 'small.zarr'], 1, `${run} has no checkpoint of step 7; it has 0, 1, 2`);
});

test('a run that is not there fails', () => {
  assertFails(folder, ['diff', 'none.zarr', 'small.zarr'], 1, `there is no run at ${path.join(folder, 'none.zarr')}`);
});

test('what is no step after the @ is refused', () => {
  const line = 'small.zarr@newest: expected the step of a checkpoint after @, found "newest"';
  assertFails(folder, ['diff', 'small.zarr@newest', 'small.zarr'], 2, line);
});
