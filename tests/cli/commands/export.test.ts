import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { runPython } from '../../python/environment.js';
import { assertFails, main, makeSmallRun, makeTemporaryFolder, runProgram, runWell } from '../program.js';

const folder = makeTemporaryFolder();
let run: string;

before(() => {
  run = makeSmallRun(folder);
});

test('numpy loads every tensor of the newest checkpoint, bit by bit that of the store', async () => {
  const { status, stdout, stderr } = runProgram(folder, 'export', 'small.zarr', '--format', 'npz');
  assert.deepEqual([status, stdout, stderr], [0, 'small-2.npz\n', `Checkpoint 2 of ${run}:\n`]);
  const answer = await runPython('compare_npz.py', run, '2', path.join(folder, 'small-2.npz'));
  assert.equal(answer.stdout, '38\n');
});

test('an older checkpoint goes to a file of one’s own, and the same one gives the same bytes in another time zone', async () => {
  const args = ['export', 'small.zarr', '--format=npz', '--step=0'];
  assert.equal(runWell(folder, ...args, '--out=made/first.npz'), 'made/first.npz\n');
  const env = { ...process.env, TZ: 'Asia/Tokyo' };
  execFileSync(process.execPath, [main, ...args, '--out=made/second.npz'], { cwd: folder, env, stdio: 'pipe' });
  const [first, second] = ['first', 'second'].map(name => readFileSync(path.join(folder, `made/${name}.npz`)));
  assert.ok(first!.equals(second!));
  await runPython('compare_npz.py', run, '0', path.join(folder, 'made/first.npz'));
  assert.deepEqual(readdirSync(path.join(folder, 'made')), ['first.npz', 'second.npz'], 'nothing temporary is left');
});

test('keras and tfjs get a folder, with a file or folder for each network', () => {
  for (const [format, files] of [
    ['keras', ['discriminator.keras', 'generator.keras']],
    [
      'tfjs',
      ['discriminator/model.json', 'discriminator/weights.bin', 'generator/model.json', 'generator/weights.bin'],
    ],
  ] as const) {
    const { status, stdout, stderr } = runProgram(folder, 'export', 'small.zarr', '--format', format);
    assert.deepEqual([status, stdout, stderr], [0, `small-2-${format}\n`, `Checkpoint 2 of ${run}:\n`]);
    const all = readdirSync(path.join(folder, `small-2-${format}`), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(all.filter(name => name.includes('.')).sort(), files);
  }
});

test('the same checkpoint gives Keras the same bytes, though HDF5 notes times', () => {
  runWell(folder, 'export', 'small.zarr', '--format', 'keras', '--out', 'again');
  for (const network of ['generator', 'discriminator']) {
    const [first, second] = ['small-2-keras', 'again'].map(place =>
      readFileSync(path.join(folder, place, `${network}.keras`)),
    );
    assert.ok(first!.equals(second!), network);
  }
});

test('what cannot be exported is refused before anything is written', () => {
  const missing = `${run} has no checkpoint of step 7; it has 0, 1, 2`;
  assertFails(folder, ['export', 'small.zarr', '--format', 'npz', '--step', '7'], 1, missing);
  mkdirSync(path.join(folder, 'place'));
  assertFails(
    folder,
    ['export', 'small.zarr', '--format', 'npz', '--out', 'place'],
    2,
    '--out expects a file, but place is a folder; name a file in it, such as place/model.npz',
  );
  assertFails(
    folder,
    ['export', 'small.zarr', '--format', 'npz', '--out', 'small.zarr/model.npz'],
    2,
    `--out expects a place outside the run ${run}, found small.zarr: the store holds only Zarr`,
  );
});

test('a format is asked for', () => {
  const { status, stderr } = runProgram(folder, 'export', 'small.zarr');
  assert.equal(status, 2);
  assert.match(stderr, /^gan-dist: required option '--format <format>' not specified$/m);
});

test('a folder is not given the name of a file', () => {
  const message =
    '--out expects a folder for --format keras, which gets generator.keras and discriminator.keras; found g.keras';
  assertFails(folder, ['export', 'small.zarr', '--format', 'keras', '--out', 'g.keras'], 2, message);
  assertFails(
    folder,
    ['export', 'small.zarr', '--format', 'tfjs', '--out', 'small.zarr/model'],
    2,
    `--out expects a place outside the run ${run}, found small.zarr/model: the store holds only Zarr`,
  );
});
