/** What of a run is published, by the run's own model. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { dense } from '../../../src/model/layers/dense.js';
import { reshape } from '../../../src/model/layers/withoutTensors.js';
import { isOfOptimizer, planModel } from '../../../src/model/plan.js';
import { createRun, openRun } from '../../../src/store/index.js';
import { publish } from '../../../src/view/publish/publish.js';
import { perceptron } from '../../model/otherModels.js';
import { someState } from '../../modelFiles/someState.js';
import { asState, description, makeFolder, positionOf } from '../../store/testRuns.js';

test('a layer may be called velocity: what is left out is the optimizer’s, whatever its name', async t => {
  const folder = await makeFolder(t);
  const path = join(folder, 'a.zarr');
  const model = { ...perceptron, generator: [dense('velocity', 72), reshape([4, 6, 3])] };
  const plan = planModel(model);
  const writer = await createRun(path, { ...description, model }, { keep: 0 });
  await writer.commitCheckpoint(positionOf(0), asState(someState(plan).values(), plan));
  await writer.close();
  const run = await openRun(path);
  await publish({ runs: [{ name: 'a', run }], out: join(folder, 'site'), overwrite: false, all: false });
  const published = await openRun(join(folder, 'site/runs/0'));
  assert.deepEqual(await published.verify(), []);
  const names = plan.state.filter(tensor => !isOfOptimizer(tensor)).map(({ name }) => name);
  assert.deepEqual([...(await published.readCheckpoint()).keys()].sort(), names.sort());
  assert.ok(names.includes('generator/velocity/kernel'));
});
