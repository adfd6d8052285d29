/** The library as a program outside the package sees it: by name, in plain JavaScript and in TypeScript. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as library from '../src/index.js';
import { packageRoot } from './packageRoot.js';

const root = fileURLToPath(packageRoot);
const folder = mkdtempSync(join(tmpdir(), 'gan-dist-library-'));
after(() => rmSync(folder, { recursive: true, force: true }));

before(() => {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/gan-dist'), 'dir');
  symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});

test('the library exports these, and nothing else', () => {
  assert.deepEqual(Object.keys(library), [
    'AbortedError',
    'CheckpointError',
    'ConfigError',
    'DataError',
    'DivergenceError',
    'EngineError',
    'GanDistError',
    'LockError',
    'StallError',
    'StoreError',
    'UsageError',
    'WorkerError',
    'compareStates',
    'fetchMnist',
    'generateImages',
    'importRun',
    'openRun',
    'replay',
    'resolveConfig',
    'train',
  ]);
});

const program = `
import { CheckpointError, GanDistError, generateImages, openRun, resolveConfig, train } from 'gan-dist';

const config = resolveConfig({
  set: ['data.source=mnist-10k', 'data.limit=64', 'training.batchSize=32', 'training.epochs=1', 'output.run=small.zarr'],
  cwd: process.cwd(),
});
const steps = [];
const result = await train({ config, onStep: ({ step, dLoss }) => steps.push([step, Number.isFinite(dLoss)]) });
const run = await openRun(result.run);
const { dLoss } = await run.readMetrics();
const tensors = await run.readCheckpoint();
const { images, step } = await generateImages({ run: result.run, count: 5, workers: 1 });
const error = await generateImages({ run: result.run, step: 9 }).catch(error => error);
console.log(JSON.stringify({
  steps,
  stepsNow: result.stepsNow,
  losses: dLoss.length,
  kernel: tensors.get('generator/conv_2/kernel').shape,
  images: images.length,
  step,
  error: [error instanceof CheckpointError, error instanceof GanDistError, error.name],
}));
`;

test('a plain program outside the package trains, reads and generates', () => {
  writeFileSync(join(folder, 'program.js'), program);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), {
    steps: [
      [0, true],
      [1, true],
    ],
    stepsNow: 2,
    losses: 2,
    kernel: [5, 5, 64, 1],
    images: 5 * 784,
    step: 2,
    error: [true, true, 'CheckpointError'],
  });
});

const typedProgram = `
import {
  type ArrayInfo, type Config, ConfigError, type Generated, generateImages, type Metrics, openRun, type Position, resolveConfig,
  type Run, type StepMetrics, type Tensor, type TrainOptions, type TrainResult, train,
} from 'gan-dist';

const config: Config = resolveConfig({ file: 'mnist.yaml', set: ['training.seed=7'], flags: { 'parallel.workers': 2 }, cwd: '.' });
const options: TrainOptions = {
  config,
  ifExists: 'resume',
  signal: new AbortController().signal,
  onStep: ({ dLoss }: StepMetrics, { epoch }: Position) => console.log(epoch, dLoss.toFixed(3)),
};
const { run: path, step }: TrainResult = await train(options);
const run: Run = await openRun(path);
const metrics: Metrics = await run.readMetrics();
const first: number | undefined = metrics.dLoss[0];
const tensor: Tensor | undefined = (await run.readCheckpoint(step)).get('generator/dense_1/kernel');
const arrays: ArrayInfo[] = await run.listArrays();
const { images, scores }: Generated = await generateImages({ run: path, nice: true, workers: 'auto' });
const key: string | undefined = new ConfigError('', 'training.seed').path;
console.log(first, tensor?.shape, arrays.length, images.length, scores?.length, key);
// @ts-expect-error: a count is a number
await generateImages({ run: path, count: '3' });
// @ts-expect-error: there is no such option
await train({ config, sted: 3 });
`;

test('a TypeScript program compiles against the types', () => {
  writeFileSync(join(folder, 'typed.ts'), typedProgram);
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2022',
    noEmit: true,
    types: ['node'],
    skipLibCheck: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'inherit' });
});
