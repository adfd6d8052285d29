/** Samples come back as they were taken, whatever the shape of an image: the arrays' metadata say it. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRun, openRunToWrite } from '../../src/store/index.js';
import { colour, makePictureRun, pictureSampleOf, wide } from './pictureRuns.js';
import { makeFolder, metricsOf, positionOf, stateOf } from './testRuns.js';

const arrayOf = async (run: string, name: string) => ({
  ...JSON.parse(await readFile(join(run, name, '.zarray'), 'utf8')),
  dimensions: JSON.parse(await readFile(join(run, name, '.zattrs'), 'utf8'))._ARRAY_DIMENSIONS,
});

for (const [kind, shape, channels, dimension] of [
  ['in colour', colour, [3], ['channel']],
  ['that are not square', wide, [], []],
] as const) {
  test(`images ${kind} come back, and have their dimensions in the store`, async t => {
    const run = join(await makeFolder(t), 'run.zarr');
    await makePictureRun(run, shape, 3);
    const opened = await openRun(run);
    assert.deepEqual(opened.imageShape, shape);
    for (const step of [0, 1, 2]) assert.deepEqual(await opened.readSample(step), pictureSampleOf(step, shape));
    assert.deepEqual(await opened.verify(), []);

    const [grid, fixed] = [await arrayOf(run, 'samples/grid'), await arrayOf(run, 'samples/fixed')];
    // A batch of 6 is 3 rows of 2.
    assert.deepEqual(grid.shape, [3, 6, 6, ...channels]);
    assert.deepEqual(grid.dimensions, ['step', 'grid_y', 'grid_x', ...dimension]);
    assert.deepEqual(
      [fixed.shape, fixed.chunks],
      [
        [3, 64, 2, 3, ...channels],
        [1, 64, 2, 3, ...channels],
      ],
    );
    assert.deepEqual(fixed.dimensions, ['step', 'image', 'y', 'x', ...dimension]);
  });

  test(`a run of images ${kind} goes on with them`, async t => {
    const run = join(await makeFolder(t), 'run.zarr');
    await makePictureRun(run, shape, 2);
    const { writer, recovery } = await openRunToWrite(run, { keep: 0 });
    assert.deepEqual(recovery.problems, []);
    writer.appendMetrics(metricsOf(2));
    writer.appendSample(pictureSampleOf(2, shape));
    await writer.commitCheckpoint(positionOf(3), stateOf(3));
    await writer.close();
    const opened = await openRun(run);
    for (const step of [0, 1, 2]) assert.deepEqual(await opened.readSample(step), pictureSampleOf(step, shape));
    assert.deepEqual(await opened.verify(), []);
  });
}

test('shapes that cannot be those of one run’s pictures are refused, and named', async t => {
  const run = join(await makeFolder(t), 'run.zarr');
  await makePictureRun(run, colour, 1);
  const consolidated = await readFile(join(run, '.zmetadata'), 'utf8');
  const images = 'is not [step, 64, y, x] of images, or that and 3 channels';
  for (const [name, shape, problem] of [
    ['fixed', [1, 64, 2, 3, 4], images],
    ['fixed', [1, 64, 2], images],
    ['fixed', [1, 63, 2, 3, 3], images],
    ['fixed', [1, 64, 0, 3, 3], images],
    ['fixed', [1, 64, 257, 3, 3], images],
    ['grid', [1, 6, 6], 'is not [step, y, x, 3] of a grid'],
    ['grid', [1, 7, 6, 3], 'is not [step, y, x, 3] of a grid'],
    ['grid', [1, 6, 4, 3], 'is not [step, y, x, 3] of a grid'],
    ['grid', [1, 514, 6, 3], 'is not [step, y, x, 3] of a grid'],
  ] as const) {
    const json = JSON.parse(consolidated);
    const key = `samples/${name}/.zarray`;
    Object.assign(json.metadata[key], { shape, chunks: shape.map(size => size || 1) });
    delete json.sha256;
    delete json.metadata['.zattrs'].sha256;
    await writeFile(join(run, '.zmetadata'), JSON.stringify(json));
    const message = `${join(run, key)} is damaged: its shape [${shape}] ${problem}`;
    await assert.rejects((await openRun(run)).readSample(0), { name: 'StoreError', message });
  }
});
