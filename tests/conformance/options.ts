/** What `npm run conformance -- …` may be told. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { judgedSteps } from '../../src/model/comparison/closeness.js';
import { UsageError } from '../../src/shared/errors.js';

export const help = `Trains the same in gan-dist and in Keras, and compares losses, tensors and velocities: npm run conformance -- [options]

The first time it makes a Python environment with TensorFlow (1.5 GB, in gan-dist's cache). A case takes some minutes, and 600 MB in the
temporary folder.

  --only TEXT      only the cases with TEXT in their name, such as "seed 7"; kerasVersions is the one that trains nothing: models are
                   saved and loaded in every Keras 3 and in tf.keras 2.15 (two environments more, 2 GB, made once)
  --steps N        only the first N steps, at most ${judgedSteps}, for which there is a rule
  --data-dir DIR   the folder with MNIST's train-images-idx3-ubyte(.gz); by default the cache
  --self           Keras with other kernels (one thread, no oneDNN) in the place of gan-dist: how close Keras is to itself
  --help           this text

Prints a table in Markdown; exits with 1 if a case is outside the rule.`;

export interface Options {
  only: string;
  steps: number;
  dataDir?: string;
  self: boolean;
  help: boolean;
}

/** @throws UsageError */
export function readOptions(args: string[]): Options {
  const { only = '', steps, 'data-dir': dataDir, self = false, help = false } = parse(args);
  return { only, steps: readSteps(steps), dataDir: dataDir && path.resolve(dataDir), self, help };
}

function parse(args: string[]) {
  const options = {
    only: { type: 'string' },
    steps: { type: 'string' },
    'data-dir': { type: 'string' },
    self: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (--help says more)`);
  }
}

function readSteps(text = `${judgedSteps}`): number {
  const steps = Number(text);
  if (Number.isInteger(steps) && steps >= 1 && steps <= judgedSteps) return steps;
  throw new UsageError(`--steps expects a whole number from 1 to ${judgedSteps}, found ${JSON.stringify(text)}`);
}
