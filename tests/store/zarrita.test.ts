/** A second opinion on the format: zarrita reads what we wrote. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import * as zarr from 'zarrita';
import { makeClosedRun, makeFolder, metricsOf, sampleOf, tensorsOf } from './testRuns.js';

test('zarrita reads every array, from the consolidated metadata', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, [5, 12]);
  const store = {
    get: (key: string) =>
      readFile(join(path, key)).then(
        bytes => new Uint8Array(bytes),
        () => undefined,
      ),
  };
  const consolidated = await zarr.withConsolidatedMetadata(store, { format: 'v2' });
  assert.equal(consolidated.contents().filter(({ kind }) => kind === 'array').length, 22);
  const root = await zarr.open.v2(consolidated, { kind: 'group' });
  assert.deepEqual((root.attrs.latest as { step: number }).step, 12);
  const read = async (name: string) => zarr.get(await zarr.open.v2(root.resolve(name), { kind: 'array' }));
  for (const { name, shape, data } of tensorsOf(12)) {
    const array = await read(`checkpoints/00000012/${name}`);
    assert.deepEqual([array.shape, array.data], [shape, data]);
  }
  assert.deepEqual(
    [...((await read('metrics/step')).data as Int32Array)],
    Array.from({ length: 12 }, (_, i) => i),
  );
  assert.deepEqual(
    (await read('metrics/fingerprint')).data,
    BigUint64Array.from({ length: 12 }, (_, i) => metricsOf(i).fingerprint),
  );
  const grid = await read('samples/grid');
  assert.deepEqual(grid.shape, [3, 84, 56]);
  assert.deepEqual((grid.data as Uint8Array).subarray(2 * 84 * 56), sampleOf(10).grid.pixels);
});
