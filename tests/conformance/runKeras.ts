/** The reference: reference.py in a process of its own, which tells line by line how far it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { sizeOf } from '../../src/model/shape.js';
import { packageRoot } from '../packageRoot.js';
import type { Job, State, Trajectory } from './trajectory.js';

/** What of the environment chooses TensorFlow's kernels. */
type Kernels = Readonly<Record<'TF_NUM_INTRAOP_THREADS' | 'TF_ENABLE_ONEDNN_OPTS', string | undefined>>;
/**
 * All threads, and oneDNN. Unset on purpose: gan-dist sets the threads of this process, and its
 * children inherit that.
 */
const usualKernels: Kernels = { TF_NUM_INTRAOP_THREADS: undefined, TF_ENABLE_ONEDNN_OPTS: undefined };
/** The same arithmetic with sums in another order. */
export const otherKernels: Kernels = { TF_NUM_INTRAOP_THREADS: '1', TF_ENABLE_ONEDNN_OPTS: '0' };

const script = fileURLToPath(new URL('tests/conformance/reference.py', packageRoot));

interface StateFile {
  file: string;
  /** Names and shapes, in the order of the file. */
  tensors: [string, number[]][];
}

type Line =
  | { versions: Record<string, string> }
  | { step: number; dLoss: number; gLoss: number }
  | ({ after: number } & StateFile);

/** @throws Error with what Python said */
export async function runKeras(python: string, job: Job, kernels: Kernels = usualKernels): Promise<Trajectory> {
  const out = await mkdtemp(path.join(job.folder, 'keras-'));
  const child = spawn(python, [script, ...argumentsOf(job, out)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...kernels },
    signal: job.signal,
  });
  const ending = Promise.all([once(child, 'close'), readLines(child.stdout, job), text(child.stderr)]);
  const [[code], told, complaint] = await ending.finally(() => child.kill());
  if (code !== 0) throw new Error(`the reference in Keras failed:\n${complaint}`);
  return {
    ...told,
    saved: job.before === undefined ? undefined : out,
    madeBy: [told.madeBy, ...describeKernels(kernels)].join(', '),
  };
}

function argumentsOf({ config, images, before, steps, after }: Job, out: string): string[] {
  const { batchSize, seed, discriminatorSteps, shuffle } = config.training;
  const options = {
    images,
    batch: batchSize,
    seed,
    'discriminator-steps': discriminatorSteps,
    before: before ?? 0,
    steps,
    after,
    out,
  };
  const list = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  return shuffle ? [...list, '--shuffle'] : list;
}

async function readLines(output: Readable, job: Job): Promise<Trajectory> {
  const [dLoss, gLoss]: [number[], number[]] = [[], []];
  const files = new Map<number, StateFile>();
  let madeBy = '';
  for await (const text of createInterface({ input: output })) {
    const line = parseLine(text);
    if ('versions' in line) madeBy = describeVersions(line.versions);
    else if ('after' in line) files.set(line.after, line);
    else {
      dLoss.push(line.dLoss);
      gLoss.push(line.gLoss);
      job.onStep('Keras', dLoss.length);
    }
  }
  return { madeBy, dLoss, gLoss, readState: after => readState(files.get(after)!) };
}

function parseLine(line: string): Line {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`the reference in Keras said what is not JSON: ${line}`, { cause });
  }
}

async function readState({ file, tensors }: StateFile): Promise<State> {
  const handle = await open(file);
  try {
    const state = new Map<string, Float32Array>();
    for (const [name, shape] of tensors) {
      const data = new Float32Array(sizeOf(shape));
      const { bytesRead } = await handle.read(data);
      if (bytesRead !== data.byteLength) throw new Error(`${file} ends in the middle of ${name}`);
      state.set(name, data);
    }
    return state;
  } finally {
    await handle.close();
  }
}

const describeVersions = ({ keras, tensorflow, numpy }: Record<string, string>): string =>
  `Keras ${keras} (TensorFlow ${tensorflow}, NumPy ${numpy})`;

const describeKernels = (kernels: Kernels): string[] =>
  Object.entries(kernels)
    .filter(([, value]) => value !== undefined)
    .map(entry => entry.join('='));
