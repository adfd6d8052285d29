import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { compareStates } from '../../../src/model/comparison/compareTensors.js';
import { reference } from '../../../src/model/presets.js';
import { createRun, openRun } from '../../../src/store/index.js';
import { assertFails, makeSmallRun, makeTemporaryFolder, runProgram, runWell, smallRun } from '../program.js';

const folder = makeTemporaryFolder();
const place = (name: string) => path.join(folder, name);
const settings = smallRun.filter(word => word.startsWith('--set'));
let run: string;

before(() => {
  run = makeSmallRun(folder);
  runWell(folder, 'export', 'small.zarr', '--format', 'keras', '--step', '0', '--out', 'start');
  runWell(folder, 'export', 'small.zarr', '--format', 'safetensors', '--step', '1', '--out', 'one.safetensors');
});

test('a run that begins with the initial state of another, through Keras’ files, becomes that run, with any workers', async () => {
  const { status, stdout, stderr } = runProgram(
    folder,
    'import',
    'start',
    '--run=one.zarr',
    ...settings,
    '--set=output.keep=2',
  );
  const [generator, discriminator] = ['generator', 'discriminator'].map(network => {
    const bytes = readFileSync(place(`start/${network}.keras`));
    return {
      file: place(`start/${network}.keras`),
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
  });
  assert.deepEqual(
    { status, stdout, stderr },
    {
      status: 0,
      stdout: `${place('one.zarr')}\n`,
      stderr: [
        `start/generator.keras, SHA-256 ${generator!.sha256}`,
        `start/discriminator.keras, SHA-256 ${discriminator!.sha256}`,
        'Checkpoint 0 is there. Train it on: npx gan-dist resume one.zarr\n',
      ].join('\n'),
    },
  );
  const [event] = (await openRun(place('one.zarr'))).attributes.events;
  assert.deepEqual([event!.kind, event!.step, event!.files], ['imported', 0, [generator, discriminator]]);

  runWell(folder, 'resume', 'one.zarr', '--workers', '3', '--epochs', '2');
  const [trained, original] = [await openRun(place('one.zarr')), await openRun(run)];
  const { fingerprint } = await original.readMetrics();
  assert.deepEqual((await trained.readMetrics()).fingerprint.subarray(0, fingerprint.length), fingerprint);
});

test('what was imported stays, as nothing else holds it', async () => {
  assert.deepEqual((await openRun(place('one.zarr'))).checkpoints, [0, 3, 4]);
});

test('a replay from step 0 begins with what was imported, not with the seed', async () => {
  runWell(folder, 'import', 'one.safetensors', '--run', 'short.zarr', ...settings);
  runWell(folder, 'resume', 'short.zarr', '--steps', '1');
  const args = ['replay', 'short.zarr', '--from', '0', '--to', '1', '--workers', '1'];
  const { status, stdout, stderr } = runProgram(folder, ...args);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^bit-equal: 38 tensors of checkpoint 1 and losses, means and fingerprint of every step\n/);
  assert.match(
    stderr,
    /the run begins with its checkpoint 0: imported from \S+one\.safetensors \(SHA-256 [0-9a-f]{12}…\)\n/,
  );
});

test('velocities that no file has are 0, and that is said and kept', async () => {
  runWell(folder, 'export', 'small.zarr', '--format', 'tfjs');
  const { stderr } = runProgram(folder, 'import', 'small-2-tfjs', '--run', 'still.zarr', ...settings);
  assert.match(stderr, /^Note: there are no velocities: they start at 0$/m);
  const still = await openRun(place('still.zarr'));
  assert.match(still.imported!.message, /; there are no velocities: they start at 0$/);
  assert.equal((still.imported!.files as unknown[]).length, 4);
  const different = compareStates(await still.readCheckpoint(), await (await openRun(run)).readCheckpoint(2)).filter(
    ({ differing }) => differing > 0,
  );
  assert.deepEqual(
    different.filter(({ name }) => !name.startsWith('velocity/')),
    [],
  );
  assert.ok(different.length > 0);
});

test('what cannot be imported is told, and nothing is written', () => {
  writeFileSync(place('cut.safetensors'), readFileSync(place('one.safetensors')).subarray(0, 1_000_000));
  const before = readdirSync(folder);
  assertFails(
    folder,
    ['import', 'small.zarr', '--run', 'new.zarr', ...settings],
    1,
    'small.zarr is a folder without generator.keras and discriminator.keras (or both as .h5, .weights.h5, .safetensors, .npz or /model.json); it has .zattrs, .zgroup, .zmetadata, checkpoints, generators and 2 more',
  );
  assertFails(
    folder,
    ['import', 'start/generator.keras', '--run', 'new.zarr', ...settings],
    2,
    'start/generator.keras has only a generator; name the file of the other network with --discriminator',
  );
  const { status, stderr } = runProgram(folder, 'import', 'cut.safetensors', '--run', 'new.zarr', ...settings);
  assert.equal(status, 1);
  assert.match(stderr, /^gan-dist: cut\.safetensors is damaged: "\S+" ends at byte \d+ of \d+: the file is cut off\n$/);
  assertFails(
    folder,
    ['import', 'one.safetensors', '--run', 'new.zarr', ...settings, '--set=data.limit=8'],
    2,
    'training.batchSize is 32, but there are only 8 images of MNIST, the first 10,000: take a smaller batch or more images (data.limit)',
  );
  assert.deepEqual(readdirSync(folder), before);
});

test('a run that is there is left as it is, or replaced if one says so', async () => {
  const args = ['import', 'one.safetensors', '--run', 'small.zarr', ...settings];
  assertFails(folder, args, 1, `${run} exists; choose another --run, or delete and replace it with --overwrite`);
  cpSync(run, place('over.zarr'), { recursive: true });
  runWell(folder, 'import', 'one.safetensors', '--run', 'over.zarr', ...settings, '--overwrite');
  assert.deepEqual((await openRun(place('over.zarr'))).checkpoints, [0]);
});

test('an import that was cut off before its checkpoint does not go on from the seed', async () => {
  const { config, data, engine, events } = (await openRun(place('over.zarr'))).attributes;
  const description = { config, data, engine, events, batchSize: 32, model: reference };
  await (await createRun(place('half.zarr'), description, { keep: 3 })).close();
  assertFails(
    folder,
    ['resume', 'half.zarr', '--steps', '1'],
    1,
    `${place('half.zarr')} has no checkpoint: its import was cut off; import it again, with --overwrite`,
  );
  rmSync(place('half.zarr'), { recursive: true });
});
