/** docs/python.md: every block of it runs, one after the other, on a small real run, and draws what it says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { makeSmallRun, makeTemporaryFolder } from '../cli/program.js';
import { packageRoot } from '../packageRoot.js';
import { findPython } from './environment.js';

const folder = makeTemporaryFolder();
const page = readFileSync(new URL('docs/python.md', packageRoot), 'utf8');
const blocks = [...page.matchAll(/```python\n([\s\S]*?)```/g)].map(([, block]) => block!);

/** Of a picture: its frames, its size, and how many greys or colours it has. */
const look = `
import json, sys
import numpy as np
from PIL import Image
found = {}
for name in sys.argv[1:]:
    picture = Image.open(name)
    pixels = np.asarray(picture.convert("RGB"))
    colors = len(np.unique(pixels.reshape(-1, 3), axis=0))
    found[name] = {"frames": getattr(picture, "n_frames", 1), "size": picture.size, "colors": colors}
print(json.dumps(found))
`;

before(async () => {
  await findPython();
  makeSmallRun(folder);
  mkdirSync(join(folder, 'runs'));
  renameSync(join(folder, 'small.zarr'), join(folder, 'runs/mnist.zarr'));
});

test('every block runs without a warning, and its pictures are not empty', async () => {
  const python = await findPython();
  const options = { cwd: folder, env: { ...process.env, MPLBACKEND: 'agg', MPLCONFIGDIR: folder } };
  writeFileSync(join(folder, 'page.py'), blocks.join('\n'));
  const { stdout } = await promisify(execFile)(python, ['-W', 'error', 'page.py'], options);
  assert.match(stdout, /^generator\/dense_1\/kernel +\(100, 1024\) +\d+\.\d{4}$/m);
  assert.doesNotMatch(stdout, /velocity/);

  const names = [...page.matchAll(/"(\w+\.(?:png|gif))"/g)].map(([, name]) => name!);
  assert.deepEqual(names, ['losses.png', 'film.gif', 'sheet.png', 'histograms.png', 'filters.png']);
  const answer = await promisify(execFile)(python, ['-c', look, ...names], options);
  const found: Record<string, { frames: number; size: number[]; colors: number }> = JSON.parse(answer.stdout);
  for (const name of names) {
    const { size, colors, frames } = found[name]!;
    assert.ok(Math.min(...size) >= 150 && colors > 20, `${name}: ${size}, ${colors} colours`);
    assert.equal(frames, name === 'film.gif' ? 2 : 1, name);
  }
});
