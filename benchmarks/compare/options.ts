/** What `npm run compare -- …` may be told. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/shared/errors.js';
import { packageRoot } from '../../tests/packageRoot.js';
import { contestants } from './contestants.js';

const resultsFile = 'benchmarks/compare/results.json';

export const help = `Times a training step of gan-dist and of others on this machine, in turn: npm run compare -- [options]

Leave the machine alone meanwhile. The first time it makes a Python environment with TensorFlow and PyTorch (7 GB, in gan-dist's
cache). It needs MNIST: npx gan-dist data fetch. Results are written after every round, one cell a batch size and number of threads; a
cell that is measured again replaces the old one, the others stay. On two fast threads a cell takes 5 to 20 minutes.

  --batch LIST     batch sizes, by default 32,128,512
  --threads LIST   by default 2,1; with one thread, one core (taskset, where it exists)
  --rounds N       how often all take their turn, by default 5
  --steps N        measured steps of a run, by default 20 at batch 128, 30 at 32, 6 at 512
  --most-seconds N a run that takes longer, 180 by default, ends with the steps that it has, and its later half counts
  --only LIST      of the names below
  --data DIR       the folder with MNIST's train-images-idx3-ubyte(.gz); by default the cache
  --out FILE       by default ${resultsFile}, of which the README's table is made
  --table          only print the table of the README, all of that file
  --help           this text

${contestants.map(({ name, title }) => `  ${name.padEnd(25)} ${title}`).join('\n')}`;

export interface Options {
  batches: number[];
  threads: number[];
  rounds: number;
  steps?: number;
  mostSeconds: number;
  only: string[];
  dataDir?: string;
  out: string;
  table: boolean;
  help: boolean;
}

/** @throws UsageError */
export function readOptions(args: string[]): Options {
  const given = parse(args);
  return {
    batches: readNumbers('--batch', given.batch ?? '32,128,512', 2),
    threads: readNumbers('--threads', given.threads ?? '2,1', 1),
    rounds: readNumber('--rounds', given.rounds ?? '5', 1),
    steps: given.steps === undefined ? undefined : readNumber('--steps', given.steps, 1),
    mostSeconds: readNumber('--most-seconds', given['most-seconds'] ?? '180', 1),
    only: readNames(given.only),
    dataDir: given.data && path.resolve(given.data),
    out: given.out ? path.resolve(given.out) : fileURLToPath(new URL(resultsFile, packageRoot)),
    table: given.table ?? false,
    help: given.help ?? false,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const texts = {
    'most-seconds': text,
    batch: text,
    threads: text,
    rounds: text,
    steps: text,
    only: text,
    data: text,
    out: text,
  };
  try {
    return parseArgs({ args, options: { ...texts, table: flag, help: flag } }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (--help says more)`);
  }
}

const readNumbers = (name: string, text: string, least: number): number[] =>
  text.split(',').map(part => readNumber(name, part, least));

function readNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new UsageError(`${name} expects whole numbers from ${least} on, found ${JSON.stringify(text)}`);
}

function readNames(text: string | undefined): string[] {
  const known = contestants.map(({ name }) => name);
  const names = text?.split(',') ?? known;
  const unknown = names.find(name => !known.includes(name));
  if (unknown === undefined) return names;
  throw new UsageError(`--only expects some of ${known.join(', ')}, found ${JSON.stringify(unknown)}`);
}
