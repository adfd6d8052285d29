import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode } from 'fast-png';
import { showMade } from '../../../src/cli/commands/generate.js';
import { openStatusLine } from '../../../src/cli/terminal/statusLine.js';
import { generateImages } from '../../../src/coordinator/drawing/generateNew.js';
import { referencePlan } from '../../../src/model/plan.js';
import { reference } from '../../../src/model/presets.js';
import { sizeOf } from '../../../src/model/shape.js';
import { arrangeGrid } from '../../../src/pictures/pixels.js';
import { createRun, openRun } from '../../../src/store/index.js';
import { drawImages, scoreImages } from '../plainModel.js';
import { assertFails, copyRun, makeSmallRun, makeTemporaryFolder, runProgram, runWell } from '../program.js';

const plan = referencePlan();
const imageShape = reference.image;

const folder = makeTemporaryFolder();
const run = makeSmallRun(folder);
const imagesOf = (bytes: Uint8Array, count: number) =>
  Array.from({ length: count }, (_, i) => bytes.subarray(i * 784, (i + 1) * 784));

test('generate writes a grid of 128 digits, and its name to stdout', () => {
  const { status, stdout, stderr } = runProgram(folder, 'generate', 'small.zarr');
  assert.deepEqual(
    { status, stdout, stderr },
    {
      status: 0,
      stdout: 'generated_image.png\n',
      stderr: '128 digits from checkpoint 2, seed 0:\n',
    },
  );
  const picture = decode(readFileSync(join(folder, 'generated_image.png')));
  // floor(sqrt(128)) = 11 columns, ceil(128 / 11) = 12 rows
  assert.deepEqual([picture.width, picture.height, picture.channels, picture.depth], [11 * 28, 12 * 28, 1, 8]);
});

test('the images are those of the generator and the scores those of the discriminator, as plain TensorFlow computes them', async () => {
  const tensors = await (await openRun(run)).readCheckpoint(2);
  const { images, scores, step } = await generateImages({ run, count: 4, nice: true, seed: 5 });
  const fakes = drawImages(tensors, 5, 80);
  const logits = scoreImages(tensors, fakes);
  const ranking = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
  assert.equal(step, 2);
  for (const [place, image] of imagesOf(images, 4).entries()) {
    const expected = fakes.subarray(ranking[place]! * 784, (ranking[place]! + 1) * 784);
    assert.ok(
      image.every((pixel, i) => Math.abs(pixel - (expected[i]! * 127.5 + 127.5)) < 1.01),
      `image ${place}`,
    );
    assert.ok(Math.abs(scores![place]! - logits[ranking[place]!]!) < 1e-4, `score ${place}`);
  }
});

test('image i is the same for every count and number of workers', async () => {
  const many = await generateImages({ run, count: 70, workers: 1 });
  for (const [count, workers] of [
    [3, 2],
    [70, 8],
  ] as const) {
    const { images } = await generateImages({ run, count, workers });
    assert.deepEqual(images, many.images.subarray(0, count * 784), `${count} images, ${workers} workers`);
  }
  assert.equal(many.scores, undefined);
});

test('another seed and another step give other images', async () => {
  const [first, seed, step] = await Promise.all(
    [{}, { seed: 2 ** 40 }, { step: 0 }].map(options => generateImages({ run, count: 1, ...options })),
  );
  assert.notDeepEqual(first!.images, seed!.images);
  assert.notDeepEqual(first!.images, step!.images);
  assert.equal(step!.step, 0);
});

test('--nice writes the best of 20 times as many, the same with any number of workers', async () => {
  const pictures = ['1', '3', '8'].map(workers => {
    const { stderr } = runProgram(
      folder,
      'generate',
      'small.zarr',
      '--nice',
      '--count=7',
      '--workers',
      workers,
      '--out',
      `nice${workers}.png`,
    );
    assert.equal(stderr, 'The best 7 of 140 digits from checkpoint 2, seed 0:\n');
    return readFileSync(join(folder, `nice${workers}.png`));
  });
  assert.deepEqual(pictures[1], pictures[0]);
  assert.deepEqual(pictures[2], pictures[0]);
  const { images, scores } = await generateImages({ run, count: 7, nice: true });
  assert.deepEqual(
    Buffer.from(decode(pictures[0]!).data as Uint8Array),
    Buffer.from(arrangeGrid(images, imageShape).pixels),
  );
  assert.deepEqual(
    [...scores!].sort((a, b) => b - a),
    [...scores!],
  );
  const { images: candidates } = await generateImages({ run, count: 140 });
  const known = new Set(imagesOf(candidates, 140).map(String));
  assert.ok(imagesOf(images, 7).every(image => known.has(String(image))));
});

test('more workers than slices are told and clamped', () => {
  const { status, stderr } = runProgram(folder, 'generate', 'small.zarr', '--count=1', '--workers=9', '--out=one.png');
  assert.equal(status, 0);
  assert.equal(
    stderr,
    'parallel.workers is 9, but there are only 8 slices to share out (parallel.slices): using 8 workers\n1 digit from checkpoint 2, seed 0:\n',
  );
});

test('folders above the picture are made, and nothing else is left there', () => {
  assert.equal(
    runWell(folder, 'generate', 'small.zarr', '--count=2', '--out=new/folder/two.png'),
    'new/folder/two.png\n',
  );
  assert.deepEqual(readdirSync(join(folder, 'new/folder')), ['two.png']);
});

test('numbers out of range are wrong usage', () => {
  const ranges = {
    count: ['an integer from 1 to 10000', ['0', '10001', '2.5', '-3', 'many', 'NaN', '']],
    seed: ['an integer from 0 to 9007199254740991', ['-1', '9007199254740992', 'x']],
    step: ['an integer from 0 to 100000000', ['-1', '1.5', 'last']],
    workers: ['an integer from 1 to 65536, or auto', ['0', '2.5', 'many']],
  } as const;
  for (const [flag, [range, texts]] of Object.entries(ranges)) {
    for (const text of texts) {
      assertFails(
        folder,
        ['generate', 'small.zarr', `--${flag}=${text}`, '--out=wrong.png'],
        2,
        `--${flag} expects ${range}, found ${Number.isFinite(Number.parseFloat(text)) ? text : `"${text}"`}`,
      );
    }
  }
  assert.ok(!existsSync(join(folder, 'wrong.png')));
});

test('the library checks the same ranges', async () => {
  await assert.rejects(generateImages({ run, count: 0 }), {
    name: 'UsageError',
    message: 'count expects an integer from 1 to 10000, found 0',
  });
  await assert.rejects(generateImages({ run, seed: Number.NaN }), {
    name: 'UsageError',
    message: 'seed expects an integer from 0 to 9007199254740991, found NaN',
  });
});

test('an unknown flag is wrong usage, with the nearest one', () => {
  const { status, stdout, stderr } = runProgram(folder, 'generate', 'small.zarr', '--nise');
  assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
  assert.match(stderr, /^gan-dist: unknown option '--nise'\n\(Did you mean --nice\?\)\n/);
});

test('a checkpoint that is not there is named with those that are', () => {
  assertFails(folder, ['generate', 'small.zarr', '--step=7'], 1, `${run} has no checkpoint of step 7; it has 0, 1, 2`);
});

test('what is no run is said to be none', () => {
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'file'), '');
  const parts = 'a run is a folder with .zmetadata, .zattrs, checkpoints, metrics and samples';
  assertFails(folder, ['generate', 'missing.zarr'], 1, `there is no run at ${join(folder, 'missing.zarr')}`);
  assertFails(folder, ['generate', 'empty'], 1, `${join(folder, 'empty')} is not a run of gan-dist: ${parts}`);
  assertFails(folder, ['generate', 'file'], 1, `${join(folder, 'file')} is not a run of gan-dist: ${parts}`);
});

test('a run without a checkpoint has no generator', async () => {
  const { config, data, engine } = (await openRun(run)).attributes;
  const path = join(folder, 'fresh.zarr');
  await (await createRun(path, { config, data, engine, batchSize: 32, model: reference }, { keep: 2 })).close();
  assertFails(
    folder,
    ['generate', 'fresh.zarr'],
    1,
    `${path} has no checkpoint yet; go on with it first: npx gan-dist resume ${path}`,
  );
});

test('a damaged checkpoint is named, with those that may be taken instead', t => {
  const copy = copyRun(t, run, 'damaged.zarr');
  const file = join(copy, 'checkpoints/00000002/generator/conv_2/kernel/0.0.0.0');
  const bytes = readFileSync(file);
  bytes[9]! ^= 1;
  writeFileSync(file, bytes);
  assertFails(
    folder,
    ['generate', 'damaged.zarr', '--out=damaged.png'],
    1,
    `checkpoint 2 of ${copy} cannot be read: ${file} is damaged: its content does not match the manifest; take another one with --step: 0, 1`,
  );
  assert.ok(!existsSync(join(folder, 'damaged.png')));
  assert.equal(runWell(folder, 'generate', 'damaged.zarr', '--step=1', '--out=damaged.png'), 'damaged.png\n');
});

test('a diverged generator is no picture', async () => {
  const { config, data, engine } = (await openRun(run)).attributes;
  const path = join(folder, 'diverged.zarr');
  const writer = await createRun(path, { config, data, engine, batchSize: 32, model: reference }, { keep: 2 });
  const tensors = plan.state.map(tensor => ({
    ...tensor,
    data: new Float32Array(sizeOf(tensor.shape)).fill(Number.NaN),
  }));
  await writer.commitCheckpoint({ step: 0, epoch: 0, batch: 0 }, tensors);
  await writer.close();
  assert.equal(tensors.length, 38);
  assert.equal(plan.tensors.length, 20);
  assertFails(
    folder,
    ['generate', 'diverged.zarr', '--out=diverged.png'],
    1,
    `checkpoint 0 of ${path} gives numbers that are not finite: its training has diverged; take an earlier --step`,
  );
  assert.ok(!existsSync(join(folder, 'diverged.png')));
});

test('--out must be a file that can be there, outside the run', () => {
  mkdirSync(join(folder, 'pictures'));
  writeFileSync(join(folder, 'plain'), 'as it was');
  const fails = (out: string, status: number, line: string) =>
    assertFails(folder, ['generate', 'small.zarr', '--out', out], status, line);
  fails(
    'pictures',
    2,
    '--out expects a file, but pictures is a folder; name a file in it, such as pictures/picture.png',
  );
  fails('plain/a.png', 2, `--out expects a folder, but ${join(folder, 'plain')} is a file; choose another place`);
  // Not /dev/null: a mistake would replace the machine's own.
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  fails('pipe', 2, '--out expects a file, but pipe is a device or the like');
  fails(
    'small.zarr/a.png',
    2,
    `--out expects a place outside the run ${run}, found small.zarr: the store holds only Zarr`,
  );
  fails(
    'small.zarr/b/c/a.png',
    2,
    `--out expects a place outside the run ${run}, found small.zarr/b/c: the store holds only Zarr`,
  );
  assert.equal(readFileSync(join(folder, 'plain'), 'utf8'), 'as it was');
});

test('generate changes nothing in the run', () => {
  assert.match(runWell(folder, 'inspect', 'small.zarr', '--verify'), /^ok: 3 checkpoints, 2 steps/);
  assert.deepEqual(
    readdirSync(folder)
      .filter(name => name.startsWith('small.'))
      .sort(),
    ['small.zarr', 'small.zarr.png'],
  );
});

test('long work shows its progress, short work does not', async () => {
  const clear = '\r\x1b[1A\x1b[J';
  for (const isTTY of [true, false]) {
    const written: string[] = [];
    const line = openStatusLine({ isTTY, write: text => written.push(text) }, 0, 0, {});
    const onProgress = showMade(line);
    onProgress(64, 128);
    assert.deepEqual(written, []);
    onProgress(640, 2560);
    onProgress(1280, 2560);
    line.end();
    const [first, second] = ['640 of 2560 digits (25 %)', '1280 of 2560 digits (50 %)'];
    assert.equal(written.join(''), `${first}\n${isTTY ? clear : ''}${second}\n${isTTY ? clear : ''}`);
  }
});
