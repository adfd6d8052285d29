/** The model that a run trains: a run says it, and one from before it was said has the reference. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { planModel, referencePlan } from '../../src/model/plan.js';
import { reference } from '../../src/model/presets.js';
import { createRun, openRun, openRunToWrite } from '../../src/store/index.js';
import { perceptron } from '../model/otherModels.js';
import { someState } from '../modelFiles/someState.js';
import { packageRoot } from '../packageRoot.js';
import { unzipFolder } from '../zippedFolder.js';
import { asState, description, makeClosedRun, makeFolder, positionOf } from './testRuns.js';

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

/** Unpacks what was written before runs said their model. */
const unzipOld = async (name: string, folder: string): Promise<void> =>
  unzipFolder(await readFile(new URL(`tests/fixtures/${name}.zip.gz`, packageRoot)), folder);

test('a new run says its model, every option written out, in both of its files', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  await makeClosedRun(path, []);
  assert.deepEqual((await readJson(join(path, '.zattrs'))).model, reference);
  assert.deepEqual((await readJson(join(path, '.zmetadata'))).metadata['.zattrs'].model, reference);
  assert.deepEqual((await openRun(path)).plan, referencePlan());
});

test('another model than the reference comes back with its tensors, also after the run went on', async t => {
  const path = join(await makeFolder(t), 'run.zarr');
  const plan = planModel(perceptron);
  const commit = asState(someState(plan).values(), plan);
  const writer = await createRun(path, { ...description, model: perceptron }, { keep: 0, keepGenerators: true });
  assert.deepEqual(writer.plan, plan);
  await writer.commitCheckpoint(positionOf(0), commit);
  await writer.close();
  const { writer: next } = await openRunToWrite(path, { keep: 0 });
  assert.deepEqual(next.plan, plan);
  await next.close();
  const run = await openRun(path);
  assert.deepEqual(run.attributes.model, perceptron);
  assert.deepEqual(run.plan, plan);
  assert.deepEqual(
    [...(await run.readCheckpoint()).keys()],
    plan.state.map(({ name }) => name),
  );
});

for (const [name, place] of [
  ['oldRun/run', '.'],
  ['stores/good', 'run.zarr'],
] as const)
  test(`a run that says no model has the reference: ${name}`, async t => {
    const folder = await makeFolder(t);
    await unzipOld(name, folder);
    const run = await openRun(join(folder, place));
    assert.ok(!('model' in run.attributes));
    assert.deepEqual(run.plan, referencePlan());
  });

test('a checkpoint has the files that it had before runs said their model, byte by byte', async t => {
  const folder = await makeFolder(t);
  const [old, now] = [join(folder, 'old/run.zarr'), join(folder, 'now.zarr')];
  await unzipOld('stores/good', join(folder, 'old'));
  await makeClosedRun(now, [5, 12]);
  for (const step of [5, 12]) {
    const manifestOf = async (path: string) => (await openRun(path)).checkpointAttributes(step).manifest;
    assert.deepEqual(await manifestOf(now), await manifestOf(old));
  }
});

test('axes have the names that they had before runs said their model', () => {
  const namesOf = (name: string, rank: number) => {
    if (rank === 4) return ['height', 'width', 'in', 'out'];
    if (rank === 2) return ['in', 'out'];
    return [name.includes('/batch_norm/') ? 'feature' : 'out'];
  };
  for (const { name, shape, dimensions } of referencePlan().state)
    assert.deepEqual(dimensions, namesOf(name, shape.length), name);
});
