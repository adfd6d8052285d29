/** The library as a program outside the package sees it: by name, in plain JavaScript and in TypeScript. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** Nothing but JavaScript's own types: neither the browser's nor Node's. */
const bareProgram = `
import { type Config, fetchMnist, generateImages, openRun, replay, type Run, resolveConfig, type StepMetrics, train } from 'gan-dist';

export async function main(config: Config = resolveConfig({ cwd: '.' })): Promise<Float32Array> {
  await fetchMnist({ dir: 'mnist' });
  await train({ config, signal: { aborted: false }, onStep: (metrics: StepMetrics) => void metrics.dLoss.toFixed(3) });
  await replay({ run: 'runs/mnist.zarr', from: 0, to: 1 });
  const run: Run = await openRun((await generateImages({ run: 'runs/mnist.zarr' })).step.toFixed(0));
  return (await run.readMetrics()).dLoss;
}
`;

/** What a CommonJS program writes, whatever its Node. */
const commonJsProgram = `
export const start = async () => (await import('gan-dist')).openRun('runs/mnist.zarr');
`;

test('TypeScript compiles against the types, which it checks too, however it resolves modules', () => {
  const files = { 'typed.ts': typedProgram, 'bare.ts': bareProgram, 'common.cts': commonJsProgram };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (const module of ['node16', 'nodenext', 'preserve']) {
    assert.equal(compile(module, ['typed.ts'], ['node']), '', `${module} with Node's types`);
    assert.equal(compile(module, ['bare.ts', 'common.cts'], []), '', `${module} with no types but JavaScript's`);
  }
});

/** @returns what the compiler says. Of `preserve` the resolution is `bundler`. */
function compile(module: string, files: string[], types: string[]): string {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module,
    target: 'es2022',
    lib: ['es2022'],
    noEmit: true,
    types,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' }).stdout;
}

test('the public types reach no types of packages or of Node', () => {
  const reached = new Set<string>();
  const outside: string[] = [];
  const follow = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    for (const [, name] of text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"]([^'"]+)['"]/g))
      if (name!.startsWith('.')) follow(join(dirname(file), name!.replace(/\.js$/, '.d.ts')));
      else outside.push(`${file}: ${name}`);
  };
  follow(join(root, 'dist/src/index.d.ts'));
  assert.deepEqual(outside, []);
  assert.ok(reached.size > 20, 'the files were followed');
});

// TypeScript's node10, which reads no "exports", was removed in TypeScript 7: it cannot be run here.
test('a resolution that knows no "exports" finds the same files', () => {
  const { main, types, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.deepEqual({ types, default: main }, exports['.']);
});
