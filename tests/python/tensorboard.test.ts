/** What `--tensorboard` writes, read by TensorBoard's own reader: the store's numbers and pixels, each step once. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { arrangeGrid } from '../../src/pictures/pixels.js';
import { openRun } from '../../src/store/index.js';
import { main, makeTemporaryFolder, runProgram, runWell, smallRun } from '../cli/program.js';
import { packageRoot } from '../packageRoot.js';
import { findPython } from './environment.js';

interface Events {
  scalars: Record<string, [step: number, value: number][]>;
  images: Record<string, { step: number; shape: number[]; sha256: string }[]>;
}

const folder = makeTemporaryFolder();
const train = ['train', '--run=small.zarr', '--tensorboard=logs/small', ...smallRun, '--epochs=2'];
const failure = (place: string, why: string) =>
  `TensorBoard's events cannot be written to ${place} (${why}): the run goes on without them`;

/** Without warnings as errors: they are TensorBoard's own. */
async function readEvents(): Promise<Events> {
  const script = fileURLToPath(new URL('tests/python/read_events.py', packageRoot));
  const { stdout } = await promisify(execFile)(await findPython(), [script, join(folder, 'logs/small')]);
  return JSON.parse(stdout);
}

async function assertSameAsStore(): Promise<void> {
  const [run, { scalars, images }] = [await openRun(join(folder, 'small.zarr')), await readEvents()];
  const { step, dLoss, gLoss, dReal, dFake, stepMs } = await run.readMetrics();
  const expected: Record<string, Float32Array> = {
    'loss/d_loss': dLoss,
    'loss/g_loss': gLoss,
    'discriminator/d_real': dReal,
    'discriminator/d_fake': dFake,
  };
  for (const [tag, values] of Object.entries(expected))
    assert.deepEqual(
      scalars[tag],
      [...step].map(i => [i, values[i]]),
      tag,
    );
  // The store rounds a loss and a time before this does.
  const closely: Record<string, Float32Array> = {
    'discriminator/divergence_bound': dLoss.map(loss => Math.LN2 - loss),
    'speed/images_per_second': stepMs.map(ms => 32_000 / ms),
  };
  for (const [tag, values] of Object.entries(closely)) {
    assert.equal(scalars[tag]!.length, step.length, tag);
    for (const [i, value] of scalars[tag]!) assert.ok(Math.abs(value / values[i]! - 1) < 1e-4, `${tag} of step ${i}`);
  }
  assert.deepEqual(Object.keys(scalars).sort(), [...Object.keys(expected), ...Object.keys(closely)].sort());

  const samples = [];
  for (let i = 0; i < run.attributes.rows.samples; i++) samples.push(await run.readSample(i));
  assert.deepEqual(images, {
    'samples/fixed': samples.map(({ step, fixed, imageShape }) => {
      const { height, width, pixels } = arrangeGrid(fixed, imageShape);
      return { step, shape: [height, width], sha256: createHash('sha256').update(pixels).digest('hex') };
    }),
  });
}

before(() => findPython());

test('TensorBoard reads back the metrics and the fixed images of the store', async () => {
  runWell(folder, ...train, '--steps=3');
  await assertSameAsStore();
});

test('a run that goes back to an older checkpoint and on has every step once', async () => {
  rmSync(join(folder, 'small.zarr/checkpoints/00000003'), { recursive: true });
  runWell(folder, 'resume', 'small.zarr', '--tensorboard=logs/small', '--steps=4');
  assert.equal(readdirSync(join(folder, 'logs/small')).length, 2);
  assert.deepEqual(
    (await readEvents()).scalars['loss/d_loss']!.map(([step]) => step),
    [0, 1, 2, 3],
  );
  await assertSameAsStore();
});

test('a folder that cannot be made is told once and costs no training', { skip: !existsSync('/proc/self') }, () => {
  const { status, stderr } = runProgram(folder, 'train', '--run=proc.zarr', '--tensorboard=/proc/logs', ...smallRun);
  assert.equal(status, 0, stderr);
  const why = "ENOENT: no such file or directory, mkdir '/proc/logs'";
  assert.deepEqual(
    stderr.split('\n').filter(line => line.includes('TensorBoard')),
    [failure('/proc/logs', why)],
  );
});

test('a disk that is full for TensorBoard is told once and costs no training', t => {
  mkdirSync(join(folder, 'full'));
  const mount = 'mount -t tmpfs -o size=8k tmpfs full';
  if (spawnSync('unshare', ['-rm', 'sh', '-c', mount], { cwd: folder }).status !== 0)
    return t.skip('no file system can be mounted here');
  const command = `${mount} && exec "$0" "$@"`;
  const args = [main, 'train', '--run=full.zarr', '--tensorboard=full', ...smallRun];
  const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', command, process.execPath, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    stderr.split('\n').filter(line => line.includes('TensorBoard')),
    [failure('full', 'ENOSPC: no space left on device, write')],
  );
});

test('a folder in the run’s store is refused before anything is made', () => {
  const { status, stderr } = runProgram(folder, 'train', '--run=in.zarr', '--tensorboard=in.zarr/logs', ...smallRun);
  const place = join(folder, 'in.zarr');
  assert.equal(
    stderr,
    `gan-dist: --tensorboard expects a place outside the run ${place}, found in.zarr/logs: the store holds only Zarr\n`,
  );
  assert.equal(status, 2);
  assert.ok(!existsSync(place));
});
