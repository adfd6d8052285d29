import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { buildConfig } from '../../../src/config/config.js';
import { createRun } from '../../../src/store/index.js';
import { description, metricsOf, stateOf } from '../../store/testRuns.js';
import { makeTemporaryFolder, runProgram } from '../program.js';

const folder = makeTemporaryFolder();

/** A real run of `steps` steps, without the training. */
async function makeRun(name: string, steps: number, set: Record<string, unknown>) {
  const config = buildConfig(new Map<never, unknown>(Object.entries({ 'output.run': name, ...set }) as never));
  const data = { ...description.data, source: 'mnist-10k' };
  const writer = await createRun(join(folder, name), { ...description, data, config: config as never }, { keep: 0 });
  for (let step = 0; step < steps; step++) writer.appendMetrics(metricsOf(step));
  await writer.commitCheckpoint({ step: steps, epoch: 0, batch: steps }, stateOf(steps));
  return writer;
}

before(async () => {
  await (await makeRun('a.zarr', 3, { 'training.seed': 1 })).close();
  await (await makeRun('b.zarr', 78, { 'training.seed': 2, 'training.epochs': 1 })).close();
});

test('many runs are a table of how far they are, their last losses, and the settings that differ', () => {
  const { status, stdout, stderr } = runProgram(folder, 'list', 'a.zarr', 'b.zarr');
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    stdout
      .split('\n')
      .slice(0, 3)
      .map(line => line.trim().split(/ {2,}/)),
    [
      [
        'run',
        'state',
        'steps',
        'of',
        'D loss',
        'G loss',
        'D(x)',
        'D(G(z))',
        'JSD ≥',
        'training.epochs',
        'training.seed',
      ],
      // The mean of steps 0 to 2 of `metricsOf`: D's loss is the step and a quarter, G's its negative.
      ['a.zarr', 'stopped', '3', '2,340', '1.2500', '-1.0000', '0.500', '0.125', '-0.557', '30', '1'],
      ['b.zarr', 'done', '78', '78', '38.7500', '-38.5000', '0.500', '0.125', '-38.057', '1', '2'],
    ],
  );
  assert.match(stdout, /^a\.zarr: all fakes are alike$/m);
  assert.match(stderr, /^Look at two side by side: npx gan-dist view a\.zarr b\.zarr$/m);
});

test('one that is written is training, and what lies beside it is no run', async () => {
  const writer = await makeRun('c.zarr', 1, {});
  const { status, stdout } = runProgram(folder, 'list', 'c.zarr', 'c.zarr.lock', 'c.zarr.tmp', '--json');
  await writer.close();
  assert.equal(status, 0);
  const [run, ...more] = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.deepEqual(
    [run.state, run.steps, run.checkpoint, run.config.training.seed, more.length],
    ['training', 1, 1, 1, 0],
  );
});

test('what cannot be read is told behind those that can, and is exit 1', () => {
  writeFileSync(join(folder, 'notes.txt'), 'no run');
  const { status, stdout, stderr } = runProgram(folder, 'list', 'gone.zarr', 'a.zarr', 'notes.txt');
  assert.equal(status, 1);
  assert.match(stdout, /^a\.zarr +stopped/m);
  assert.match(stderr, /^gan-dist: gone\.zarr: .*gone\.zarr/m);
  assert.match(stderr, /^gan-dist: notes\.txt: /m);
});
