import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { areEqual, compareStates } from '../../src/shared/compareTensors.js';
import { createRun, openRun } from '../../src/store/index.js';
import { assertFails, makeSmallRun, makeTemporaryFolder, runProgram, runWell, smallRun } from './program.js';

const folder = makeTemporaryFolder();
const place = (name: string) => path.join(folder, name);
const settings = smallRun.filter(word => word.startsWith('--set'));
const oneEpoch = '--set=training.epochs=1';
let run: string;

before(() => {
  run = makeSmallRun(folder);
  runWell(folder, 'export', 'small.zarr', '--format', 'keras', '--step', '0', '--out', 'start');
});

test('a run that begins with the initial state of another, through Keras’ files, becomes that run, with any workers', async () => {
  const { status, stdout, stderr } = runProgram(folder, 'import', 'start', '--run=one.zarr', ...settings, oneEpoch);
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

  cpSync(place('one.zarr'), place('three.zarr'), { recursive: true });
  const original = await openRun(run);
  for (const [name, workers] of [
    ['one.zarr', 1],
    ['three.zarr', 3],
  ] as const) {
    runWell(folder, 'resume', name, '--workers', `${workers}`);
    const trained = await openRun(place(name));
    assert.ok(areEqual(compareStates(await trained.readCheckpoint(2), await original.readCheckpoint(2))), name);
    assert.deepEqual((await trained.readMetrics()).fingerprint, (await original.readMetrics()).fingerprint);
  }
});

test('what was imported stays, as nothing else holds it, and a replay from step 0 begins with it', async () => {
  runWell(folder, 'export', 'small.zarr', '--format', 'safetensors', '--step', '1', '--out', 'one.safetensors');
  runWell(folder, 'import', 'one.safetensors', '--run', 'kept.zarr', ...settings, oneEpoch, '--set=output.keep=2');
  runWell(folder, 'resume', 'kept.zarr', '--epochs', '2');
  assert.deepEqual((await openRun(place('kept.zarr'))).checkpoints, [0, 3, 4]);
  const { status, stdout, stderr } = runProgram(folder, 'replay', 'kept.zarr', '--from', '0', '--to', '3');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^bit-equal: 38 tensors of checkpoint 3 and losses, means and fingerprint of every step\n/);
  assert.match(
    stderr,
    /the run begins with its checkpoint 0: imported from \S+\/one\.safetensors \(SHA-256 [0-9a-f]{12}…\)\n/,
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
    'small.zarr is a folder without generator.keras and discriminator.keras (or generator/model.json and discriminator/model.json)',
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
  const description = { config, data, engine, events, batchSize: 32 };
  await (await createRun(place('half.zarr'), description, { keep: 3 })).close();
  assertFails(
    folder,
    ['resume', 'half.zarr'],
    1,
    `${place('half.zarr')} has no checkpoint: its import was cut off; import it again, with --overwrite`,
  );
  rmSync(place('half.zarr'), { recursive: true });
});
