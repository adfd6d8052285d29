import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { formatFingerprint } from '../../../src/model/comparison/fingerprint.js';
import { openRun } from '../../../src/store/index.js';
import { assertFails, main, makeSmallRun, makeTemporaryFolder, runProgram, runWell, smallRun } from '../program.js';

const folder = makeTemporaryFolder();
const train = (...args: string[]) => ['train', '--run', 'new.zarr', '--set=data.source=mnist-10k', ...args];

/** Fails with this line, and leaves the folder as it was. */
function assertRefused(args: string[], status: number, line: string): void {
  const entries = readdirSync(folder);
  assertFails(folder, args, status, line);
  assert.deepEqual(readdirSync(folder), entries);
}

describe('what is wrong with the config is said in a line, and nothing is written', () => {
  const cases: [string, string[], string][] = [
    [
      'a misspelt key',
      ['--set=training.batchsize=32'],
      '--set: config key "training.batchsize" is unknown, the nearest valid one is training.batchSize',
    ],
    ['no workers', ['--workers=0'], '--workers: parallel.workers expects an integer from 1 to 65536, or auto, found 0'],
    [
      'half a worker',
      ['--workers=2.5'],
      '--workers: parallel.workers expects an integer from 1 to 65536, or auto, found 2.5',
    ],
    [
      'workers in words',
      ['--workers=many'],
      '--workers: parallel.workers expects an integer from 1 to 65536, or auto, found "many"',
    ],
    [
      'a batch of one',
      ['--set=training.batchSize=1'],
      '--set: training.batchSize expects an integer from 2 to 65536, found 1',
    ],
    [
      'a learning rate that is none',
      ['--set=training.learningRate=NaN'],
      '--set: training.learningRate expects a number above 0 (as float32), found "NaN"',
    ],
    ['no steps', ['--steps=0'], '--steps expects an integer from 1 to 100000000, found 0'],
    ['a missing config', ['--config=nowhere.yaml'], 'cannot read the config file nowhere.yaml: there is no such file'],
    [
      'a batch that is larger than the data',
      ['--set=data.limit=10', '--set=training.batchSize=16'],
      'training.batchSize is 16, but there are only 10 images of MNIST, the first 10,000: take a smaller batch or more images (data.limit)',
    ],
    [
      'a batch that no memory holds',
      ['--set=training.batchSize=8192', '--set=parallel.slices=64'],
      'training.batchSize 8192 with parallel.slices 64 needs 7.2 GiB of shared memory, and WebAssembly can address 4.0: take a smaller batch or fewer slices',
    ],
    [
      'two flags that exclude each other',
      ['--resume', '--overwrite'],
      '--resume and --overwrite exclude each other: choose one',
    ],
  ];
  for (const [title, args, line] of cases) test(title, () => assertRefused(train(...args), 2, line));

  test('broken YAML, with its line and column', () => {
    writeFileSync(join(folder, 'broken.yaml'), 'training:\n  epochs: [1\n');
    const { status, stderr } = runProgram(folder, ...train('--config=broken.yaml'));
    assert.equal(status, 2);
    assert.match(stderr, /^gan-dist: broken\.yaml:\d+:\d+: .+\n$/);
  });
});

describe('what is wrong with the data is said in a line', () => {
  const file = 'train-images-idx3-ubyte.gz';
  function idxFolder(name: string, magic: number, dimensions: number[], bytes: number): string {
    const header = Buffer.alloc(4 + 4 * dimensions.length);
    for (const [i, value] of [magic, ...dimensions].entries()) header.writeUInt32BE(value, 4 * i);
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, file), gzipSync(Buffer.concat([header, Buffer.alloc(bytes)])));
    return `--set=data.dir=${name}`;
  }
  const idx = (...args: string[]) => ['train', '--run', 'new.zarr', '--set=data.source=idx', ...args];

  test('no data', () => {
    mkdirSync(join(folder, 'empty'));
    const args = ['train', '--run', 'new.zarr', '--set=data.dir=empty'];
    const there = join(folder, 'empty');
    assertRefused(
      args,
      1,
      `MNIST is not in ${there} (no ${file}: it has nothing in it); get it with npx gan-dist data fetch --dir ${there}, or use the digits that come with gan-dist: --set data.source=mnist-10k`,
    );
  });
  test('labels where images should be', () => {
    const dir = idxFolder('labels', 0x801, [10], 10);
    const { status, stderr } = runProgram(folder, ...idx(dir));
    assert.equal(status, 1);
    assert.match(stderr, /^gan-dist: .*labels\/train-images-idx3-ubyte\.gz.*labels.*\n$/);
  });
  test('truncated images', () => {
    const dir = idxFolder('short', 0x803, [10, 28, 28], 9 * 784);
    const { status, stderr } = runProgram(folder, ...idx(dir));
    assert.equal(status, 1);
    assert.match(stderr, /^gan-dist: .*short\/train-images-idx3-ubyte\.gz.*\n$/);
  });
});

describe('a run that is there', () => {
  let run: string;
  before(() => {
    run = makeSmallRun(folder);
  });

  test('is not trained over, with both flags named', () => {
    const advice = 'continue it with --resume, or delete and replace it with --overwrite';
    assertRefused(['train', '--run', 'small.zarr', ...smallRun], 1, `${run} exists; ${advice}`);
  });
  test('that is done is shown again, and nothing is trained', () => {
    const { status, stdout, stderr } = runProgram(folder, 'train', '--run', 'small.zarr', ...smallRun, '--resume');
    assert.equal(status, 0);
    assert.equal(stdout, `${join(folder, 'small.zarr.png')}\n`);
    assert.match(
      stderr,
      /^small\.zarr is done: 2 steps\. There is nothing left to train\.\nIts digits: small\.zarr\.png\nNext:\n/,
    );
  });
  test('can be resumed for more epochs, and tells each step as JSON', async () => {
    const lines = runWell(folder, 'resume', 'small.zarr', '--epochs=2', '--workers=1', '--json').trim().split('\n');
    const steps = lines.map(line => JSON.parse(line));
    assert.deepEqual(
      steps.map(({ step, epoch, batch }) => [step, epoch, batch]),
      [
        [2, 1, 0],
        [3, 1, 1],
      ],
    );
    const told = ['step', 'epoch', 'batch', 'dLoss', 'gLoss', 'stepMs', 'dReal', 'dFake', 'fakeSpread'];
    assert.deepEqual(Object.keys(steps[0]), [...told, 'saturation', 'fingerprint']);
    const { dLoss, fingerprint } = await (await openRun(run)).readMetrics();
    assert.deepEqual(
      steps.map(({ dLoss, fingerprint }) => [dLoss, fingerprint]),
      [2, 3].map(step => [dLoss[step], formatFingerprint(fingerprint[step]!)]),
    );
  });
  test('cannot be resumed with another seed', () => {
    const { status, stderr } = runProgram(folder, 'resume', 'small.zarr', '--set=training.seed=2');
    assert.equal(status, 2);
    assert.match(stderr, /^gan-dist: a resumed run cannot change training\.seed \(1 in the run, 2 now\): .+\n$/);
  });
});

test('a file, a folder of something else and a place that cannot be are no runs', () => {
  writeFileSync(join(folder, 'file.zarr'), 'x');
  const [file, other] = [join(folder, 'file.zarr'), join(folder, 'other.zarr')];
  assertRefused(['train', '--run', 'file.zarr', ...smallRun], 1, `${file} is a file, not a run; choose another path`);
  const below = join(file, 'small.zarr');
  const reason = `could not create the run: part of the path is a file, not a folder (ENOTDIR, ${below})`;
  assertRefused(['train', '--run', 'file.zarr/small.zarr', ...smallRun], 1, reason);
  mkdirSync(other);
  writeFileSync(join(other, 'mine.txt'), 'x');
  assert.equal(runProgram(folder, 'train', '--run', 'other.zarr', '--overwrite', ...smallRun).status, 1);
  assert.equal(readFileSync(join(other, 'mine.txt'), 'utf8'), 'x');
  assert.equal(runProgram(folder, 'resume', 'nowhere.zarr').status, 1);
  assert.equal(existsSync(join(folder, 'nowhere.zarr')), false);
});

test('more workers than slices are told and clamped', () => {
  const { status, stderr } = runProgram(folder, ...train(...smallRun, '--set=parallel.slices=2', '--workers=3'));
  assert.equal(status, 0);
  assert.match(stderr, /^parallel\.workers is 3, but there are only 2 slices to share out .+: using 2 workers$/m);
});

test('an unknown command is wrong usage, with the nearest one', () => {
  const { status, stderr } = runProgram(folder, 'trian');
  assert.equal(status, 2);
  assert.match(stderr, /unknown command 'trian'\n\(Did you mean train\?\)/);
});

test('a stdout that is full is told, and the run is whole', { skip: !existsSync('/dev/full') }, () => {
  const stdout = openSync('/dev/full', 'w');
  const args = ['train', '--run', 'full.zarr', ...smallRun, '--json'];
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'pipe'],
  });
  closeSync(stdout);
  assert.match(stderr, /^gan-dist: the output cannot be written: .*ENOSPC/m);
  assert.match(stderr, /^Done: full\.zarr has 2 steps\.$/m);
  assert.equal(status, 1);
});

test('a resume to a step that is done says what is done and what was asked for', () => {
  const first = runProgram(folder, 'train', '--run', 'cut.zarr', ...smallRun, '--steps=1');
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /^Done: cut\.zarr has 1 step\.$/m);
  const { status, stderr } = runProgram(folder, 'resume', 'cut.zarr', '--steps=1');
  assert.equal(status, 0);
  assert.match(stderr, /^cut\.zarr has 1 step, --steps asks for 1\. There is nothing left to train\.$/m);
  assert.match(stderr, /^ {2}npx gan-dist resume cut\.zarr +train on to step \d+, exactly from here$/m);
  const whole = runProgram(folder, 'resume', 'cut.zarr', '--steps=2');
  assert.match(
    whole.stderr,
    /^ {2}npx gan-dist resume cut\.zarr --epochs 2 +train on to step \d+, exactly from here$/m,
  );
});

describe('a signal', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ] as const) {
    test(`${signal} ends a run with a checkpoint and exit code ${code}`, async () => {
      const name = `${signal}.zarr`;
      const { child, exited } = startTraining(name);
      await nextStep(child);
      child.kill(signal);
      assert.equal((await exited)[0], code);
      const run = await openRun(join(folder, name));
      assert.equal(run.latest?.step, run.steps);
      assert.ok(run.steps >= 1);
      assert.equal(existsSync(join(folder, `${name}.lock`)), false);
    });
  }

  test('a second SIGINT ends it at once, and the run is whole', async () => {
    const { child, exited } = startTraining('twice.zarr');
    await nextStep(child);
    let stderr = '';
    child.stderr!.on('data', data => {
      stderr += data;
      if (String(data).includes('SIGINT again (Ctrl-C) stops at once')) child.kill('SIGINT');
    });
    child.kill('SIGINT');
    assert.equal((await exited)[0], 130);
    assert.match(
      stderr,
      /^(The run is safe up to step 0\.|The run has no checkpoint yet: it begins anew\.) Go on with: npx gan-dist resume twice\.zarr$/m,
    );
    assert.doesNotMatch(stderr, /Stopped after step/);
    const problems = await (await openRun(join(folder, 'twice.zarr'))).verify();
    assert.ok(problems.every(({ harmless }) => harmless));
  });

  test('SIGTERM during set-up leaves a run that can be gone on with, or none', async () => {
    for (const [place, milliseconds] of [100, 700, 1500].entries()) {
      const name = `setup-${place}.zarr`;
      const { child, exited } = startTraining(name);
      await sleep(milliseconds);
      child.kill('SIGTERM');
      const [code, signal] = await exited;
      // Before the program listens there is nothing to lose.
      if (signal === 'SIGTERM') assert.equal(existsSync(join(folder, name)), false);
      else assert.equal(code, 143);
      assert.equal(existsSync(join(folder, `${name}.lock`)), false);
      if (!existsSync(join(folder, name))) continue;
      const run = await openRun(join(folder, name));
      assert.equal(run.latest?.step, run.steps);
    }
  });

  test('--max-time ends a run with a checkpoint before it is over, and exit code 75', async () => {
    // How long a machine with other work takes to start is not known: the first time in which a step can be done.
    let [code, stderr]: [unknown, string] = [2, ''];
    for (const time of ['9s', '30s', '90s']) {
      if (code !== 2) break;
      const { child, exited } = startTraining('late.zarr', '--resume', `--max-time=${time}`, '--max-restarts=1');
      stderr = '';
      child.stderr!.on('data', data => {
        stderr += data;
      });
      [code] = await exited;
    }
    assert.equal(code, 75, stderr);
    assert.match(stderr, /^Stopped after step \d+, with a checkpoint\. Go on with: npx gan-dist resume late\.zarr$/m);
    const run = await openRun(join(folder, 'late.zarr'));
    assert.equal(run.latest?.step, run.steps);
    assert.ok(run.steps >= 1);
  });

  test('a --max-time in which no step can be done is refused, and not to be tried again', () => {
    const args = ['train', '--run=short.zarr', ...smallRun, '--max-time=1s'];
    const { status, stderr } = runProgram(folder, ...args);
    assert.equal(status, 2);
    assert.match(stderr, /^gan-dist: --max-time leaves no time for a step: starting took \d+ s of it/m);
  });

  test('SIGHUP does not end a run without a terminal, as under nohup', async () => {
    const { child, exited } = startTraining('hangup.zarr', '--steps=6');
    let stderr = '';
    child.stderr!.on('data', data => {
      stderr += data;
    });
    await nextStep(child);
    child.kill('SIGHUP');
    assert.equal((await exited)[0], 0);
    assert.match(stderr, /^SIGHUP: the run goes on, since it has no terminal; SIGTERM stops it, with a checkpoint$/m);
    assert.equal((await openRun(join(folder, 'hangup.zarr'))).latest?.step, 6);
  });

  test('a second process is refused while the first trains, and the first goes on', async () => {
    const { child, exited } = startTraining('locked.zarr');
    await nextStep(child);
    const { status, stderr } = runProgram(folder, 'resume', 'locked.zarr');
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^gan-dist: .*locked\\.zarr.* process ${child.pid} .+\\n$`));
    child.kill('SIGINT');
    assert.equal((await exited)[0], 130);
  });

  test('a closed stdout does not end a run', async () => {
    const { child, exited } = startTraining('closed.zarr', '--steps=20');
    await nextStep(child);
    child.stdout!.destroy();
    assert.equal((await exited)[0], 0);
    assert.equal((await openRun(join(folder, 'closed.zarr'))).latest?.step, 20);
  });
});

/** A run that would go on for long. */
function startTraining(run: string, ...more: string[]): { child: ChildProcess; exited: Promise<unknown[]> } {
  const args = ['train', '--run', run, '--set=data.source=mnist-10k', '--set=training.batchSize=32', '--json', ...more];
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr!.resume();
  // Listened for from the start: nobody hears an event that has been.
  return { child, exited: once(child, 'exit') };
}

/** Resolves when the program has told a step. */
async function nextStep(child: ChildProcess): Promise<void> {
  await once(child.stdout!, 'data');
}
