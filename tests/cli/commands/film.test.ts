import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { chooseMoments } from '../../../src/cli/film/chooseMoments.js';
import { openRun } from '../../../src/store/index.js';
import { makeClosedRun } from '../../store/testRuns.js';
import { assertFails, copyRun, makeTemporaryFolder, runProgram } from '../program.js';

const folder = makeTemporaryFolder();
const run = join(folder, 'run.zarr');
/** Samples of steps 0, 5, 10, … 45. */
before(() => makeClosedRun(run, [50]));

const stepsOf = async (range: { from: number; to: number }, most: number) =>
  (await chooseMoments(await openRun(run), range, most)).map(({ step }) => step);
const all = { from: 0, to: Infinity };

test('film writes the file, and says which samples are in it', () => {
  const filmed = (...args: string[]) => runProgram(folder, 'film', 'run.zarr', ...args);
  assert.deepEqual(filmed(), { status: 0, stdout: 'film.gif\n', stderr: `10 samples, of steps 0 to 45 of ${run}:\n` });
  assert.deepEqual(filmed('--out=new/FILM.PNG', '--from=5', '--to=30', '--frames=3'), {
    status: 0,
    stdout: 'new/FILM.PNG\n',
    stderr: `3 samples, of steps 5 to 30 of ${run}:\n`,
  });
  assert.equal(readFileSync(join(folder, 'film.gif')).toString('latin1', 0, 6), 'GIF89a');
  assert.deepEqual(readdirSync(join(folder, 'new')), ['FILM.PNG']);
});

test('too many samples are thinned evenly, and the first and the last one stay', async () => {
  assert.deepEqual(await stepsOf(all, 10), [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
  assert.deepEqual(await stepsOf(all, 4), [0, 15, 30, 45]);
  assert.deepEqual(await stepsOf(all, 2), [0, 45]);
  assert.deepEqual(await stepsOf(all, 1), [45]);
  assert.deepEqual(await stepsOf({ from: 6, to: 20 }, 9), [10, 15, 20]);
});

test('a picture that damage has cost the run is left out', async t => {
  const copy = copyRun(t, run, 'lost.zarr');
  for (const file of ['.zattrs', '.zmetadata']) {
    const json = JSON.parse(readFileSync(join(copy, file), 'utf8'));
    (json.metadata?.['.zattrs'] ?? json).lost = [{ array: 'samples/fixed', from: 5, to: 9 }];
    delete json.sha256;
    writeFileSync(join(copy, file), JSON.stringify(json));
  }
  const steps = (await chooseMoments(await openRun(copy), all, 4)).map(({ step }) => step);
  assert.deepEqual(steps, [0, 20, 30, 45]);
  assert.ok(!(await chooseMoments(await openRun(copy), all, 99)).some(({ step }) => step === 5));
});

test('a damaged sample ends it in a line, and leaves no half a film', t => {
  const copy = copyRun(t, run, 'cut.zarr');
  const chunk = join(copy, 'samples/fixed/7.0.0.0');
  truncateSync(chunk, statSync(chunk).size - 1);
  const before = readdirSync(folder);
  const { status, stdout, stderr } = runProgram(folder, 'film', 'cut.zarr', '--out=half.gif');
  assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
  assert.match(stderr, /^gan-dist: .*samples\/fixed\/7\.0\.0\.0.*\n$/);
  assert.deepEqual(readdirSync(folder), before);
});

test('no samples, or none of these steps, is said', async () => {
  await makeClosedRun(join(folder, 'fresh.zarr'), []);
  const fresh = join(folder, 'fresh.zarr');
  assertFails(
    folder,
    ['film', 'fresh.zarr'],
    1,
    `${fresh} has no samples yet, and a film is made of them; go on with: npx gan-dist resume fresh.zarr`,
  );
  const there = 'it has 10 samples, of steps 0 to 45';
  assertFails(
    folder,
    ['film', 'run.zarr', '--from=11', '--to=14'],
    1,
    `${run} has no sample of steps 11 to 14; ${there}`,
  );
  assertFails(folder, ['film', 'run.zarr', '--from=46'], 1, `${run} has no sample of step 46 or later; ${there}`);
});

test('what cannot be filmed is wrong usage', () => {
  for (const [args, line] of [
    [['--out=film.mp4'], '--out expects a name that ends in .gif or .png, found film.mp4'],
    [['--out=./-'], '--out expects a name that ends in .gif or .png, found ./-'],
    [['--strip'], '--out expects a name that ends in .png for a strip, found film.gif'],
    [['--fps=51'], '--fps expects an integer from 1 to 50, found 51'],
    [['--scale=0'], '--scale expects an integer from 1 to 16, found 0'],
    [['--frames=0'], '--frames expects an integer from 1 to 100000000, found 0'],
    [['--from=9', '--to=8'], '--from 9 is after --to 8: choose a range of steps'],
    [
      ['--out=run.zarr/film.gif'],
      `--out expects a place outside the run ${run}, found run.zarr: the store holds only Zarr`,
    ],
  ] as const)
    assertFails(folder, ['film', 'run.zarr', ...args], 2, line);
});
