/** zarr-python and xarray read a run in a loop while it is written. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { startWriter } from '../store/startWriter.js';
import { makeFolder } from '../store/testRuns.js';
import { findPython, runPython } from './environment.js';

const commits = 50;

before(() => findPython());

test('Python sees one commit whole, whenever it looks', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await startWriter(t, path, commits);
  const answer = JSON.parse((await runPython('poll_run.py', path, String(commits))).stdout);
  const { looks, overtaken, apart } = answer;
  t.diagnostic(
    `${looks} looks saw ${answer.commits} of ${commits + 1} commits; ${overtaken} were overtaken, ${apart} had root attributes of another commit, ${answer.ahead} of a later one`,
  );
  assert.ok(answer.commits > 2, 'the reader kept up with some commits');
});
