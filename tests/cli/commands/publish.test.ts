import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeClosedRun } from '../../store/testRuns.js';
import { assertFails, makeTemporaryFolder, runProgram } from '../program.js';

test('publish writes a page and says how to look at it', async () => {
  const folder = makeTemporaryFolder();
  await makeClosedRun(join(folder, 'a.zarr'), [5]);
  await makeClosedRun(join(folder, 'b.zarr'), [5]);
  const { status, stdout, stderr } = runProgram(folder, 'publish', 'a.zarr', 'b.zarr', '--out', 'my site');
  assert.deepEqual([status, stdout], [0, 'my site\n']);
  assert.match(
    stderr,
    /^Published a and b: \d+ files, [\d.]+ kB\.\nPut the folder on any file host; to look at it here: python3 -m http\.server --directory 'my site'\n$/,
  );
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'my site/runs.json'), 'utf8')), [
    { name: 'a', path: 'runs/0/', published: true },
    { name: 'b', path: 'runs/1/', published: true },
  ]);
  const inside = join(folder, 'a.zarr');
  assertFails(
    folder,
    ['publish', 'a.zarr', '--out', 'a.zarr/site'],
    2,
    `--out expects a place outside the run ${inside}, found a.zarr/site: the store holds only Zarr`,
  );
  assertFails(
    folder,
    ['publish', 'a.zarr', '--out', 'my site'],
    2,
    '--out expects a new or an empty folder, but my site is not empty; replace what was published there with --overwrite',
  );
});
