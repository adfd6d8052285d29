/**
 * Which keys of a config a resumed run may change: every key of the table is here, as it is refused
 * or as it is recorded.
 */
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type ConfigKey, configKeys } from '../../../src/config/config.js';
import { openRun, type RunAttributes } from '../../../src/store/index.js';
import { assertFails, makeSmallRun, makeTemporaryFolder, runProgram, smallRun } from '../program.js';

/** What would change the numbers: [another value, the value in the run]. */
const fixed: Partial<Record<ConfigKey, [now: string, before: string]>> = {
  'data.source': ['mnist', 'mnist-10k'],
  'data.limit': ['63', '64'],
  'data.transpose': ['true', 'false'],
  'training.batchSize': ['31', '32'],
  'training.seed': ['2', '1'],
  'training.shuffle': ['true', 'false'],
  'training.discriminatorSteps': ['2', '1'],
  'training.learningRate': ['0.002', '0.001'],
  'training.momentum': ['0.8', '0.9'],
  'parallel.slices': ['4', '8'],
  'parallel.precision': ['bfloat16', 'float32'],
};

/** What does not. */
const free: Partial<Record<ConfigKey, unknown>> = {
  'data.dir': '/nowhere',
  'training.epochs': 2,
  'parallel.workers': 3,
  'parallel.stallSeconds': 90,
  'output.checkpointEvery': 3,
  'output.sampleEvery': 2,
  'output.keep': 5,
  'output.keepEvery': 4,
  'output.keepGenerators': false,
};

const folder = makeTemporaryFolder();
let run: string;
let attributes: RunAttributes;
before(async () => {
  run = makeSmallRun(folder);
  ({ attributes } = await openRun(run));
});

test('every key is here', () => {
  const others: ConfigKey[] = ['output.run'];
  const here = [...Object.keys(fixed), ...Object.keys(free), ...others];
  assert.deepEqual(here.sort(), configKeys.map(({ key }) => key).sort());
});

describe('a resumed run cannot change what would change its numbers, and hears the key and both values', () => {
  const refusal = (changed: string) =>
    `a resumed run cannot change ${changed}: its numbers would not be those of one run; leave it as it was, or start a new run (another --run, or --overwrite)`;
  const trainOn = ['train', '--run=small.zarr', ...smallRun, '--resume'];

  for (const [key, [now, before]] of Object.entries(fixed)) {
    test(`${key}, by resume and by train --resume`, () => {
      const line = refusal(`${key} (${before} in the run, ${now} now)`);
      assertFails(folder, ['resume', 'small.zarr', `--set=${key}=${now}`], 2, line);
      assertFails(folder, [...trainOn, `--set=${key}=${now}`], 2, line);
    });
  }

  test('several of them, by a config file', () => {
    writeFileSync(join(folder, 'changed.yaml'), 'training:\n  seed: 2\n  momentum: 0.8\n  epochs: 7\n');
    const line = refusal('training.seed (1 in the run, 2 now), training.momentum (0.9 in the run, 0.8 now)');
    assertFails(folder, [...trainOn, '--config=changed.yaml'], 2, line);
  });

  test('its place, but by moving it', () => {
    const line =
      'a resumed run stays where it is: --set output.run cannot change it; move the folder yourself, then resume it there';
    assertFails(folder, ['resume', 'small.zarr', '--set=output.run=other.zarr'], 2, line);
  });

  test('and the run is as it was before', async () => {
    assert.deepEqual((await openRun(run)).attributes, attributes);
  });
});

test('everything else may change: the run is told, and keeps the new config and what it was before', async () => {
  const moved = join(folder, 'moved.zarr');
  renameSync(run, moved);
  const settings = Object.entries(free).map(([key, value]) => `--set=${key}=${value}`);
  const { status, stderr } = runProgram(folder, 'resume', 'moved.zarr', ...settings);
  assert.equal(status, 0, stderr);

  const { config, attributes } = await openRun(moved);
  const { dir, ...data } = config.data as Record<string, unknown>;
  assert.deepEqual([dir, data], ['/nowhere', { source: 'mnist-10k', limit: 64, transpose: false }]);
  for (const [key, value] of Object.entries({ ...free, 'output.run': moved })) {
    const [section, name] = key.split('.') as [string, string];
    assert.deepEqual((config[section] as Record<string, unknown>)[name], value, key);
  }
  const change = `the run's config changes: data.dir none → /nowhere, training.epochs 1 → 2, parallel.workers auto → 3, parallel.stallSeconds 60 → 90, output.run ${run} → ${moved}, output.checkpointEvery 1 → 3, output.sampleEvery 100 → 2, output.keep 3 → 5, output.keepEvery none → 4, output.keepGenerators true → false`;
  assert.deepEqual(
    attributes.events.map(({ step, kind, message }) => [step, kind, message]),
    [
      [0, 'started', attributes.events[0]!.message],
      [2, 'config', change],
      [2, 'resumed', 'resumed at step 2 with 3 workers'],
    ],
  );
  assert.ok(stderr.split('\n').includes(change), stderr);
});
