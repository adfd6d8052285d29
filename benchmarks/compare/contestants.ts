/** Who takes part. Each is a program of its own that prints a line of JSON with both losses as every step ends. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertPrecision } from '../../src/config/precision.js';
import { GanDistError, resolveConfig } from '../../src/index.js';
import { packageRoot } from '../../tests/packageRoot.js';
import type { Job } from './job.js';

export interface Contestant {
  readonly name: string;
  /** In the table. */
  readonly title: string;
  /** Its command without the interpreter. */
  readonly args: (job: Job) => string[];
  readonly interpreter: 'node' | 'python';
  /** Beside what everybody has; undefined unsets. */
  readonly env?: NodeJS.ProcessEnv;
  /** Why it cannot take part, if it cannot. */
  readonly refusal?: () => string | undefined;
  /** Its batch norm is not over the whole batch, or its arithmetic is rounder: its first losses may differ. */
  readonly otherMaths?: true;
}

/**
 * The others are compared with this one: its step is compiled into one function, which was faster
 * than `train_on_batch` at batch 128.
 */
export const baseline = 'keras';

export const contestants: readonly Contestant[] = [
  python('keras', 'Keras', 'keras_loop.py', '--compiled'),
  {
    ...python('keras-installed', 'Keras, oneDNN as TensorFlow chooses', 'keras_loop.py', '--compiled'),
    env: { TF_ENABLE_ONEDNN_OPTS: undefined },
  },
  python('keras-notebook', 'Keras, train_on_batch', 'keras_loop.py'),
  ganDist('gan-dist', 'gan-dist'),
  ganDist('gan-dist-slices', 'gan-dist, a slice for each thread', aSliceForEachThread),
  {
    ...python('keras-bfloat16', 'Keras, mixed bfloat16', 'keras_loop.py', '--compiled', '--bfloat16'),
    otherMaths: true,
  },
  inBfloat16(ganDist('gan-dist-bfloat16', 'gan-dist, bfloat16', bfloat16)),
  inBfloat16(
    ganDist('gan-dist-bfloat16-slices', 'gan-dist, bfloat16, a slice for each thread', bfloat16, aSliceForEachThread),
  ),
  python('pytorch', 'PyTorch', 'pytorch_loop.py'),
  node('tfjs-layers', 'tfjs-layers, one process', typescript('tfjsLoop.js')),
  {
    ...node('data-parallel', 'plain data parallelism, batch norm by worker', typescript('dataParallel/main.js')),
    otherMaths: true,
  },
];

function python(name: string, title: string, script: string, ...flags: string[]): Contestant {
  const file = fileURLToPath(new URL(`benchmarks/compare/python/${script}`, packageRoot));
  return { name, title, interpreter: 'python', args: job => [file, ...jobFlags(job), ...flags] };
}

function node(name: string, title: string, args: Contestant['args']): Contestant {
  return { name, title, interpreter: 'node', args };
}

function typescript(script: string): Contestant['args'] {
  const file = fileURLToPath(new URL(`dist/benchmarks/compare/typescript/${script}`, packageRoot));
  return job => [file, ...jobFlags(job)];
}

const jobFlags = ({ folder, batch, threads, warmUp, measured }: Job): string[] => [
  ...['--folder', folder, '--batch', `${batch}`],
  ...['--threads', `${threads}`, '--steps', `${warmUp + measured}`],
];

/** A `--set` of gan-dist's. */
type Setting = (job: Job) => string;

function bfloat16(): string {
  return 'parallel.precision=bfloat16';
}

/** No more slices than workers: beside the default of eight, it shows what being able to use more costs. */
function aSliceForEachThread({ threads }: Job): string {
  return `parallel.slices=${threads}`;
}

function ganDist(name: string, title: string, ...settings: Setting[]): Contestant {
  return node(name, title, job => [...train(job), ...settings.flatMap(setting => ['--set', setting(job)])]);
}

function inBfloat16(contestant: Contestant): Contestant {
  return { ...contestant, otherMaths: true, refusal: refuseBfloat16 };
}

/** The command line as a user has it, with its store; one checkpoint falls into the measured steps. */
function train({ folder, data, batch, threads, warmUp, measured }: Job): string[] {
  const set = [
    `data.source=${data.source}`,
    ...(data.dir ? [`data.dir=${data.dir}`] : []),
    `training.batchSize=${batch}`,
    `output.checkpointEvery=${warmUp + Math.ceil(measured / 2)}`,
  ];
  const main = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
  const run = path.join(folder, 'run.zarr');
  const flags = ['--overwrite', '--json', '--workers', `${threads}`, '--steps', `${warmUp + measured}`, '--run', run];
  return [main, 'train', ...flags, ...set.flatMap(text => ['--set', text])];
}

function refuseBfloat16(): string | undefined {
  try {
    assertPrecision(resolveConfig({ set: [bfloat16()], cwd: '.' }));
    return undefined;
  } catch (error) {
    if (error instanceof GanDistError) return error.message;
    throw error;
  }
}
