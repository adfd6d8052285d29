/**
 * Builds of gan-dist that take turns step by step: what is 2 % faster shows on a machine whose speed moves by 20.
 *
 *     npm run turns -- --set training.batchSize=32 ../gan-dist-before .
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../../src/coordinator/bench/median.js';
import { resolveConfig } from '../../src/index.js';
import { UsageError } from '../../src/shared/errors.js';
import { openLongProgram } from '../../tests/longProgram.js';
import type { BuildSetting, Turn } from './build.js';

const help = `Times training steps of builds of gan-dist in turn: npm run turns -- [options] FOLDER FOLDER …

Each folder is a clone that is built (npm run build). Every build makes a step, then every build the next, and so on. A line each says the median
time of a step, the least, the processor's, and the median of the ratios to the first build's. Steps are of the embedded digits, without a store.

  --steps N          measured steps, after 6 that warm up; by default 50
  --workers N        by default 2
  --set KEY=VALUE    training.batchSize, parallel.slices or parallel.precision; may be repeated
  --help             this text`;

/** Kernels are prepared, memory is touched and JavaScript is compiled in the first steps. */
const warmUpSteps = 6;

const { status, signals, run } = openLongProgram('stopping');

await run(async () => {
  const { values, positionals: folders } = parse(process.argv.slice(2));
  if (values.help) return console.log(help);
  if (folders.length === 0) throw new UsageError('expected the folders of builds (--help says more)');
  const [steps, ranks] = [readCount('--steps', values.steps), readCount('--workers', values.workers)];
  const { training, parallel } = resolveConfig({ set: values.set ?? [], cwd: process.cwd() });
  const { slices, precision } = parallel;
  const builds = await Promise.all(
    folders.map(folder =>
      start({ folder: path.resolve(folder), ranks, slices, precision, batchSize: training.batchSize }),
    ),
  );
  const turns = await takeTurns(builds, steps).finally(() => {
    for (const build of builds) build.disconnect();
  });
  status.end();
  for (const [place, folder] of folders.entries()) console.log(describe(folder, turns[place]!, turns[0]!));
});

async function takeTurns(builds: readonly ChildProcess[], steps: number): Promise<Turn[][]> {
  const turns: Turn[][] = builds.map(() => []);
  for (let step = 0; step < warmUpSteps + steps; step++) {
    status.draw(`step ${step + 1} of ${warmUpSteps + steps}`);
    // Another build begins each time.
    for (const i of builds.keys()) {
      signals.signal.throwIfAborted();
      const place = (i + step) % builds.length;
      const turn = await ask(builds[place]!, step);
      if (step >= warmUpSteps) turns[place]!.push(turn);
    }
  }
  return turns;
}

function parse(args: string[]) {
  const options = {
    steps: { type: 'string', default: '50' },
    workers: { type: 'string', default: '2' },
    set: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (--help says more)`);
  }
}

function readCount(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${name} expects a whole number from 1 on, found ${JSON.stringify(text)}`);
}

async function start(setting: BuildSetting): Promise<ChildProcess> {
  const build = fork(fileURLToPath(new URL('./build.js', import.meta.url)), [JSON.stringify(setting)]);
  await answerOf(build);
  return build;
}

async function ask(build: ChildProcess, step: number): Promise<Turn> {
  build.send(step);
  return answerOf(build);
}

async function answerOf(build: ChildProcess): Promise<Turn> {
  const answered = new AbortController();
  const { signal } = answered;
  const ended = once(build, 'exit', { signal }).then(([code]) => {
    throw new Error(`a build ended with status ${code}; what it said is above`);
  });
  // Once it has answered, waiting for its end is given up.
  ended.catch(() => {});
  try {
    const [answer] = (await Promise.race([once(build, 'message', { signal }), ended])) as [Turn];
    return answer;
  } finally {
    answered.abort();
  }
}

function describe(folder: string, turns: readonly Turn[], first: readonly Turn[]): string {
  const times = turns.map(({ ms }) => ms);
  const ratio = median(turns.map(({ ms }, i) => ms / first[i]!.ms));
  const processor = median(turns.map(turn => turn.processorMs));
  return `${folder}: median ${median(times).toFixed(1)} ms, least ${Math.min(...times).toFixed(1)}, processor ${processor.toFixed(1)}, ratio ${ratio.toFixed(3)}`;
}
