import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode } from 'fast-png';
import { describeArray } from '../../../src/cli/inspect/arrayStatistics.js';
import { reference } from '../../../src/model/presets.js';
import { arrangeGrid } from '../../../src/pictures/pixels.js';
import { createRun, openRun, openRunToWrite } from '../../../src/store/index.js';
import { assertFails, copyRun, makeSmallRun, makeTemporaryFolder, runProgram, runWell } from '../program.js';

const folder = makeTemporaryFolder();
const run = makeSmallRun(folder);

test('inspect shows where the run stands and what its losses say', async () => {
  const opened = await openRun(run);
  const { dLoss } = await opened.readMetrics();
  const lines = runWell(folder, 'inspect', 'small.zarr').split('\n');
  const after = (name: string) => lines.find(line => line.startsWith(`  ${name} `))?.slice(13);
  assert.equal(lines[0], run);
  assert.equal(after('run'), `${opened.attributes.runId}, format 1, created ${opened.attributes.created}`);
  assert.equal(after('config'), '1 epoch, batch 32, seed 1, learning rate 0.001, momentum 0.9, 8 slices');
  assert.equal(after('data'), '64 images of MNIST, the first 10,000 (mnist-10k), SHA-256 95589f0bead9…');
  assert.equal(after('progress'), '2 of 2 steps, 1 of 1 epoch, done; 2 samples');
  assert.equal(after('checkpoint'), '2 (next: epoch 1, batch 0); also 1, 0');
  assert.match(
    after('losses')!,
    new RegExp(
      `^step 1: D ${dLoss[1]!.toFixed(4)}, G 0\\.\\d{4}; D\\(x\\) 0\\.\\d{3}, D\\(G\\(z\\)\\) 0\\.\\d{3}; \\d+ ms; fingerprint [0-9a-f]{16}$`,
    ),
  );
  const bound = (Math.LN2 - (dLoss[0]! + dLoss[1]!) / 2).toFixed(4);
  assert.equal(after('divergence'), `D proves nothing: log 2 − D loss is ${bound} nats (0: alike, 0.693: disjoint)`);
  assert.match(
    after('size')!,
    /^259\.5 MB: checkpoints 245\.8 MB, generators 13\.5 MB, metrics 37\.9 kB, samples \d+\.\d kB$/,
  );
});

test('the tree has every array of the newest checkpoint, and a line for the others', () => {
  const lines = runWell(folder, 'inspect', 'small.zarr')
    .split('\n')
    .map(line => line.replace(/ +/g, ' ').trim());
  for (const line of [
    '├── metrics one element a step, from step 0',
    '│ ├── d_loss [2] float32 4.1 kB discriminator loss, nats',
    '│ ├── step [2] int32 4.1 kB the step of each',
    '│ ├── fixed [2, 64, 28, 28] uint8',
    '│ ├── histogram [2, 20, 64] int32',
    '└── 00000002 12 arrays, 13.5 MB',
    '│ ├── 00000000 next: epoch 0, batch 0; 38 arrays, 81.9 MB, as the newest',
    '│ └── 00000002 next: epoch 1, batch 0; 38 arrays, 81.9 MB',
    '│ │ │ ├── kernel [5, 5, 128, 64] float32 819.2 kB',
    '│ └── velocity of Nesterov’s momentum, for each trained tensor',
  ])
    assert.ok(
      lines.some(shown => shown.startsWith(line)),
      `${line}\n${lines.join('\n')}`,
    );
  assert.equal(lines.filter(line => /\bfloat32\b/.test(line)).length, 7 + 38);
});

test('--json says all of it to programs', async () => {
  const opened = await openRun(run);
  const { dLoss, dReal } = await opened.readMetrics();
  const report = JSON.parse(runWell(folder, 'inspect', 'small.zarr', '--json', '--verify', '--array=metrics/d_loss'));
  assert.equal(report.path, run);
  assert.deepEqual(report.config, opened.config);
  assert.deepEqual(report.progress, { steps: 2, plannedSteps: 2, batchesPerEpoch: 2, plannedEpochs: 1 });
  assert.deepEqual([report.latest, report.checkpoints], [{ step: 2, epoch: 1, batch: 0 }, [0, 1, 2]]);
  assert.deepEqual([report.lastStep.step, report.lastStep.dLoss, report.lastStep.dReal], [1, dLoss[1], dReal[1]]);
  assert.equal(report.lastStep.divergenceBound, Math.LN2 - dLoss[1]!);
  assert.equal(report.recent.dLoss, (dLoss[0]! + dLoss[1]!) / 2);
  assert.deepEqual(report.arrays, await opened.listArrays());
  assert.deepEqual([report.array.count, report.array.first, report.array.max], [2, [...dLoss], Math.max(...dLoss)]);
  assert.deepEqual([report.verify, report.problems], [[], []]);
  assert.equal('pictures' in report, false);
});

test('--array tells an array’s statistics', () => {
  const name = 'checkpoints/00000000/generator/batch_norm/gamma';
  assert.equal(
    runWell(folder, 'inspect', 'small.zarr', '--array', `/${name}/`),
    `${name}
  shape      [6272]
  dtype      float32
  count      6,272
  not finite 0
  min        1
  max        1
  mean       1
  std        0
  L2 norm    79.196
  first      1 1 1 1 1 1 1 1 …
`,
  );
});

test('statistics are of the finite numbers, and those that are not are counted', () => {
  const data = Float32Array.of(3, Number.NaN, -1, Number.POSITIVE_INFINITY, 1);
  const { first, ...statistics } = describeArray('a', { shape: [5], dtype: '<f4', data });
  const [mean, std, l2Norm] = [1, Math.sqrt(8 / 3), Math.sqrt(11)];
  assert.deepEqual(statistics, {
    path: 'a',
    shape: [5],
    dtype: '<f4',
    count: 5,
    nonFinite: 2,
    min: -1,
    max: 3,
    mean,
    std,
    l2Norm,
  });
  assert.deepEqual(first, [3, Number.NaN, -1, Number.POSITIVE_INFINITY, 1]);
  const empty = describeArray('b', { shape: [0], dtype: '<i4', data: new Int32Array(0) });
  assert.deepEqual([empty.count, empty.min, empty.mean, empty.std, empty.l2Norm], [0, null, null, null, 0]);
});

test('an unknown array is answered with the nearest ones', () => {
  const fails = (name: string, nearest: string) =>
    assertFails(
      folder,
      ['inspect', 'small.zarr', '--array', name],
      1,
      `there is no array "${name}" in ${run}; the nearest are ${nearest}`,
    );
  fails('metrics/dloss', 'metrics/d_loss, metrics/g_loss, metrics/step');
  const [newest, first] = ['checkpoints/00000002', 'checkpoints/00000000'];
  const layers = (of: string) => ['conv_1', 'conv_2', 'dense_1'].map(layer => `${of}/generator/${layer}/kernel`);
  fails('generator/conv_1/kernal', layers(newest).join(', '));
  fails('checkpoints/00000000/generator/conv_1/kernal', layers(first).join(', '));
});

test('--png writes every sample, named by epoch and batch', async () => {
  assert.equal(
    runWell(folder, 'inspect', 'small.zarr', '--png', 'new/pictures'),
    '4 pictures were written to new/pictures: 0_0.png … fixed_1_0.png\n',
  );
  const names = ['0_0.png', '1_0.png', 'fixed_0_0.png', 'fixed_1_0.png'];
  assert.deepEqual(readdirSync(join(folder, 'new/pictures')).sort(), names);
  const pictures = names.map(name => decode(readFileSync(join(folder, 'new/pictures', name))));
  const opened = await openRun(run);
  const samples = [await opened.readSample(0), await opened.readSample(1)];
  const expected = [
    ...samples.map(({ grid }) => grid),
    ...samples.map(({ fixed, imageShape }) => arrangeGrid(fixed, imageShape)),
  ];
  for (const [i, { width, height, data }] of pictures.entries()) {
    assert.deepEqual([width, height], [expected[i]!.width, expected[i]!.height]);
    assert.deepEqual(Buffer.from(data as Uint8Array), Buffer.from(expected[i]!.pixels), names[i]);
  }
});

test('--png refuses what is no folder, and the run itself', () => {
  writeFileSync(join(folder, 'plain'), 'as it was');
  const fails = (place: string, line: string) =>
    assertFails(folder, ['inspect', 'small.zarr', '--png', place], 2, line);
  fails('plain', `--png expects a folder, but ${join(folder, 'plain')} is a file; choose another place`);
  fails('plain/pictures', `--png expects a folder, but ${join(folder, 'plain')} is a file; choose another place`);
  fails(
    'small.zarr/pictures',
    `--png expects a place outside the run ${run}, found small.zarr/pictures: the store holds only Zarr`,
  );
  assert.equal(readFileSync(join(folder, 'plain'), 'utf8'), 'as it was');
});

test('--png says so where no folder can be made', { skip: process.platform !== 'linux' }, () => {
  const line = '/proc/pictures/0_0.png cannot be written: no file can be made there (ENOENT); choose another place';
  assertFails(folder, ['inspect', 'small.zarr', '--png', '/proc/pictures'], 1, line);
});

test('--verify finds nothing wrong with a run that reading commands have read', () => {
  const line = 'ok: 3 checkpoints, 2 steps, 140 arrays, 259.5 MB: every file is what it was when it was written\n';
  assert.equal(runWell(folder, 'inspect', 'small.zarr', '--verify'), line);
});

test('--verify lists every damaged file, one a line, and exits with 1', t => {
  const copy = copyRun(t, run, 'damaged.zarr');
  const files = ['checkpoints/00000001/discriminator/dense_2/bias/0', 'metrics/g_loss/0', 'samples/grid/1.0.0'].map(
    name => join(copy, name),
  );
  const bytes = readFileSync(files[0]!);
  bytes[0]! ^= 1;
  writeFileSync(files[0]!, bytes);
  truncateSync(files[1]!, 100);
  rmSync(files[2]!);
  const { status, stdout, stderr } = runProgram(folder, 'inspect', 'damaged.zarr', '--verify');
  assert.equal(status, 1);
  assert.deepEqual(stdout.split('\n'), [
    `problem: ${files[0]} is damaged: its content does not match the manifest`,
    `problem: ${files[1]} is damaged: it holds 100 bytes of 4096`,
    `problem: ${files[2]} is missing`,
    '',
  ]);
  const copies =
    'what is damaged of metrics and samples is lost then: put copies of those files back first, if you have any';
  assert.equal(
    stderr,
    `gan-dist: ${copy} has 3 problems; resume goes on from the newest checkpoint that is whole; ${copies}\n`,
  );
  const json = runProgram(folder, 'inspect', 'damaged.zarr', '--verify', '--json');
  assert.equal(json.status, 1);
  assert.deepEqual(
    JSON.parse(json.stdout).verify.map(({ path }: { path: string }) => path),
    files,
  );
});

test('control characters in a store are shown, and not sent to the terminal', t => {
  const copy = copyRun(t, run, 'strange.zarr');
  const file = join(copy, '.zmetadata');
  const { sha256: _, ...metadata } = JSON.parse(readFileSync(file, 'utf8'));
  metadata.metadata['.zattrs'].events = [
    { step: 1, time: 'today', kind: 'disk', message: '\x1b[2Jgone\r\x9b1m\nmore' },
  ];
  writeFileSync(file, JSON.stringify(metadata));
  const summary = runWell(folder, 'inspect', 'strange.zarr');
  assert.ok(summary.includes('step 1, today: disk: \\x1b[2Jgone\\x0d\\x9b1m\nmore'), summary);
});

test('a run with a damaged part is shown without it', t => {
  const copy = copyRun(t, run, 'half.zarr');
  truncateSync(join(copy, 'metrics/g_loss/0'), 100);
  const { status, stdout } = runProgram(folder, 'inspect', 'half.zarr');
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}problem {4}.*metrics\/g_loss\/0 is damaged: .*; --verify looks at everything$/m);
  assert.match(stdout, /^ {2}checkpoint 2 /m);
});

test('--verify says whether a resume would lose steps', t => {
  const copy = copyRun(t, run, 'metrics.zarr');
  truncateSync(join(copy, 'metrics/g_loss/0'), 100);
  const { status, stderr } = runProgram(folder, 'inspect', 'metrics.zarr', '--verify');
  const advice =
    'its checkpoints are whole: resume loses no step; what is damaged of metrics and samples is lost then: put copies of those files back first, if you have any';
  assert.deepEqual([status, stderr], [1, `gan-dist: ${copy} has 1 problem; ${advice}\n`]);
});

test('checkpoints that are gone or cut short are told without --verify', t => {
  const copy = copyRun(t, run, 'gone.zarr');
  const [gone, short] = ['00000001', '00000002'].map(name => join(copy, 'checkpoints', name));
  rmSync(gone!, { recursive: true });
  truncateSync(join(short!, 'generator/dense_1/kernel/0.0'), 100);
  const { status, stdout } = runProgram(folder, 'inspect', 'gone.zarr');
  assert.equal(status, 0);
  assert.deepEqual(
    stdout.split('\n').filter(line => line.startsWith('  problem')),
    [
      `  problem    checkpoint 1 is missing: ${gone}; --verify looks at everything`,
      `  problem    checkpoint 2 is damaged: 1 of 38 tensors in ${short} have not their size; --verify looks at everything`,
    ],
  );
});

test('what a resume could not bring back is told from then on, and --verify exits with 1', async t => {
  const copy = copyRun(t, run, 'lost.zarr');
  const bytes = readFileSync(join(copy, 'metrics/g_loss/0'));
  bytes[3]! ^= 1;
  writeFileSync(join(copy, 'metrics/g_loss/0'), bytes);
  await (await openRunToWrite(copy, { keep: 0 })).writer.close();
  const told = 'metrics/g_loss of steps 0 to 1 is lost: it reads as NaN';
  const shown = runWell(folder, 'inspect', 'lost.zarr');
  assert.ok(shown.includes(`\n  lost       ${told}\n`), shown);
  assert.deepEqual(JSON.parse(runWell(folder, 'inspect', 'lost.zarr', '--json')).lost, [
    { array: 'metrics/g_loss', from: 0, to: 1 },
  ]);
  assert.deepEqual(runProgram(folder, 'inspect', 'lost.zarr', '--verify'), {
    status: 1,
    stdout: `problem: ${told}\n`,
    stderr: `gan-dist: ${copy} has 1 problem; every file is sound, but what an earlier damage has cost is not in them\n`,
  });
});

test('what a write that was cut off has left is noted, and is no problem', t => {
  const copy = copyRun(t, run, 'cut.zarr');
  mkdirSync(join(copy, 'checkpoints/00000003'));
  assert.equal(
    runWell(folder, 'inspect', 'cut.zarr', '--verify'),
    `note: ${join(copy, 'checkpoints/00000003')} is not part of the run
ok: 3 checkpoints, 2 steps, 140 arrays, 259.5 MB: every file is what it was when it was written; the notes are what a write that was cut off has left: the next one clears it
`,
  );
});

test('a run before its first commit is shown as that', async () => {
  const { config, data, engine } = (await openRun(run)).attributes;
  await (
    await createRun(join(folder, 'fresh.zarr'), { config, data, engine, batchSize: 32, model: reference }, { keep: 2 })
  ).close();
  const shown = runWell(folder, 'inspect', 'fresh.zarr');
  assert.match(
    shown,
    /^ {2}progress {3}0 of 2 steps, 0 of 1 epoch; 0 samples\n {2}checkpoint none yet\n {2}losses {5}none yet\n/m,
  );
  assert.match(shown, /^└── checkpoints +whole states, named by the steps done$/m);
  assert.equal(
    runWell(folder, 'inspect', 'fresh.zarr', '--png', 'none'),
    `${join(folder, 'fresh.zarr')} has no samples yet: no pictures were written\n`,
  );
  assert.equal(
    runWell(folder, 'inspect', 'fresh.zarr', '--verify'),
    'ok: 0 checkpoints, 0 steps, 14 arrays, 0 B: every file is what it was when it was written\n',
  );
});

test('what is no run is said to be none', () => {
  mkdirSync(join(folder, 'empty'));
  const parts = 'a run is a folder with .zmetadata, .zattrs, checkpoints, metrics and samples';
  assertFails(folder, ['inspect', 'missing.zarr'], 1, `there is no run at ${join(folder, 'missing.zarr')}`);
  assertFails(folder, ['inspect', 'empty'], 1, `${join(folder, 'empty')} is not a run of gan-dist: ${parts}`);
  assertFails(folder, ['inspect', 'plain', '--json'], 1, `${join(folder, 'plain')} is not a run of gan-dist: ${parts}`);
});

test('a store of a later format is refused', t => {
  const copy = copyRun(t, run, 'later.zarr');
  for (const file of ['.zattrs', '.zmetadata']) {
    const json = JSON.parse(readFileSync(join(copy, file), 'utf8'));
    (json.metadata?.['.zattrs'] ?? json).format = 2;
    delete json.sha256;
    writeFileSync(join(copy, file), JSON.stringify(json));
  }
  assertFails(
    folder,
    ['inspect', 'later.zarr'],
    1,
    `${copy} has format 2, this gan-dist reads up to 1; use a newer one`,
  );
});

test('a missing run or a flag without its value is wrong usage', () => {
  for (const [args, problem] of [
    [['inspect'], "gan-dist: missing required argument 'run'"],
    [['inspect', 'small.zarr', '--array'], "gan-dist: option '--array <path>' argument missing"],
    [['inspect', 'small.zarr', '--verfy'], "gan-dist: unknown option '--verfy'\n(Did you mean --verify?)"],
    [['inspekt'], "gan-dist: unknown command 'inspekt'\n(Did you mean inspect?)"],
  ] as const) {
    const { status, stdout, stderr } = runProgram(folder, ...args);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    assert.ok(stderr.startsWith(`${problem}\n`), stderr);
  }
});
