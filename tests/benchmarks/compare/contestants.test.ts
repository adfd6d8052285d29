import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Contestant, contestants } from '../../../benchmarks/compare/contestants.js';
import { type Job, withJob } from '../../../benchmarks/compare/job.js';
import { runContestant } from '../../../benchmarks/compare/runContestant.js';
import { loadDataset } from '../../../src/data/loadDataset.js';

const data = { source: 'mnist-10k' } as const;
const digits = loadDataset(data).then(({ images }) => images);

/** Three steps, of which two count. */
async function compete<T>(threads: number, use: (job: Job) => Promise<T>): Promise<T> {
  return withJob({ batch: 6, threads, warmUp: 1, measured: 2 }, data, (await digits).slice(0, 20 * 784), use);
}

const find = (name: string): Contestant => contestants.find(contestant => contestant.name === name)!;

async function run(contestant: Contestant, job: Job, mostSeconds = 600) {
  const signal = new AbortController().signal;
  const measurement = await runContestant(contestant, job, { python: '', signal, mostSeconds, onStep: () => {} });
  assert.ok(measurement.losses.flat().every(Number.isFinite), `${measurement.losses}`);
  assert.ok(measurement.stepMs[0]! > 0);
  if (process.platform === 'linux') assert.ok(measurement.peakMiB! > 100, `${measurement.peakMiB} MiB`);
  return measurement.losses;
}

function assertSame(actual: [number, number][], expected: [number, number][]): void {
  const difference = Math.max(...actual.flat().map((loss, i) => Math.abs(loss - expected.flat()[i]!)));
  assert.ok(difference <= 1e-5, `${actual} is not ${expected}`);
}

test('those in TypeScript train the same with one thread', async () => {
  await compete(1, async job => {
    const expected = await run(find('gan-dist'), job);
    for (const name of ['gan-dist-slices', 'tfjs-layers', 'data-parallel'])
      assertSame(await run(find(name), job), expected);
  });
});

test('plain data parallelism with two workers differs from one by the statistics of batch norm only', async () => {
  await compete(2, async job => {
    const expected = await run(find('gan-dist'), job);
    const losses = await run(find('data-parallel'), job);
    assert.ok(Math.abs(losses[0]![0] - expected[0]![0]) <= 1e-4);
    // Its D learned from the whole batch too: the next loss of D comes after an update of each network.
    assert.ok(Math.abs(losses[1]![0] - expected[1]![0]) <= 1e-2, `${losses[1]} is far from ${expected[1]}`);
  });
});

test('a contestant that fails is told with its own words', async () => {
  const broken: Contestant = {
    name: 'broken',
    title: '',
    interpreter: 'node',
    args: () => ['-e', 'console.error("no legs"); process.exitCode = 3'],
  };
  await assert.rejects(
    compete(1, job => run(broken, job)),
    { message: 'broken failed:\nno legs\n' },
  );
});

test('a contestant that tells of too few steps is refused', async () => {
  const line = JSON.stringify({ step: 0, dLoss: 1, gLoss: 1 });
  const lazy: Contestant = { ...find('gan-dist'), name: 'lazy', args: () => ['-e', `console.log('${line}')`] };
  await assert.rejects(
    compete(1, job => run(lazy, job)),
    { message: 'lazy told of 1 steps, expected 3' },
  );
});

test('a run that takes too long ends with the steps that it has, and the later half counts', async () => {
  const line = `console.log(JSON.stringify({ step: 0, dLoss: 1, gLoss: 1 }))`;
  const endless: Contestant = { ...find('gan-dist'), args: () => ['-e', `setInterval(() => ${line}, 400)`] };
  const signal = new AbortController().signal;
  const options = { python: '', signal, mostSeconds: 2, onStep: () => {} };
  await compete(1, async job => {
    const { losses, stepMs } = await runContestant(endless, { ...job, measured: 1000 }, options);
    assert.ok(losses.length >= 2);
    assert.equal(stepMs.length, Math.ceil((losses.length - 1) / 2));
  });
});
