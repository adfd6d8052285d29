/**
 * One contestant's run in a process of its own. The clock is ours and the same for all: a step
 * lasts from the line of the step before it to its own, whatever is done in between.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Contestant } from './contestants.js';
import type { Job } from './job.js';

export interface Measurement {
  /** Of each measured step: fewer than the job wants if the run was cut short. */
  readonly stepMs: number[];
  /** Of each step, from the first on: [D's, G's]. */
  readonly losses: [number, number][];
  /** The most memory that the process had at once, MiB; undefined where the system does not tell. */
  readonly peakMiB?: number;
  /** What the program said of itself. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface Running {
  readonly python: string;
  readonly signal: AbortSignal;
  /** A run that takes longer ends with the steps that it has, of which the later half counts. */
  readonly mostSeconds: number;
  readonly onStep: (done: number) => void;
}

interface Line {
  versions?: Record<string, string>;
  step?: number;
  dLoss?: number;
  gLoss?: number;
}

/** @throws Error with what the program said */
export async function runContestant(contestant: Contestant, job: Job, running: Running): Promise<Measurement> {
  const [file, ...args] = commandOf(contestant, job, running.python);
  const child = spawn(file!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...libraryEnvironment(job), ...contestant.env },
    signal: running.signal,
  });
  let cut = false;
  const began = performance.now();
  const reading = readLines(
    child.stdout,
    job,
    () => readPeak(child.pid!),
    done => {
      running.onStep(done);
      cut = done >= 2 && done < job.warmUp + job.measured && performance.now() - began > 1000 * running.mostSeconds;
      if (cut) child.kill('SIGKILL');
      return cut;
    },
  );
  const ending = Promise.all([once(child, 'close'), reading, text(child.stderr)]);
  const [[code], measurement, complaint] = await ending.finally(() => child.kill('SIGKILL'));
  if (cut) return measurement;
  if (code !== 0) throw new Error(`${contestant.name} failed:\n${complaint}`);
  if (measurement.stepMs.length !== job.measured) {
    throw new Error(
      `${contestant.name} told of ${measurement.losses.length} steps, expected ${job.warmUp + job.measured}`,
    );
  }
  return measurement;
}

/** One thread means one core: without that, a library may do a part of its work on another one. */
export const isPinned = (threads: number): boolean => threads === 1 && taskset !== undefined;

const taskset = ['/usr/bin/taskset', '/bin/taskset'].find(file => existsSync(file));

function commandOf({ interpreter, args }: Contestant, job: Job, python: string): string[] {
  const command = [interpreter === 'python' ? python : process.execPath, ...args(job)];
  return isPinned(job.threads) ? [taskset!, '-c', '0', ...command] : command;
}

/**
 * Libraries read these; gan-dist overrides the first, for all its threads are its own. oneDNN is on
 * for everybody: gan-dist asks TensorFlow for it, which by itself takes it only on processors with
 * AVX-512, and it makes Keras and tfjs faster too.
 */
const libraryEnvironment = ({ threads }: Job) => ({
  TF_NUM_INTRAOP_THREADS: `${threads}`,
  TF_NUM_INTEROP_THREADS: `${threads}`,
  OMP_NUM_THREADS: `${threads}`,
  TF_ENABLE_ONEDNN_OPTS: process.env.TF_ENABLE_ONEDNN_OPTS ?? '1',
  TF_CPP_MIN_LOG_LEVEL: '3',
});

async function readLines(
  output: Readable,
  { warmUp }: Job,
  readPeak: () => number | undefined,
  isEnough: (done: number) => boolean,
): Promise<Measurement> {
  const all: number[] = [];
  let uncounted = warmUp - 1;
  const losses: [number, number][] = [];
  let versions = {};
  let peakMiB: number | undefined;
  let before = Number.NaN;
  for await (const line of createInterface({ input: output })) {
    const now = performance.now();
    const said = JSON.parse(line) as Line;
    if (said.versions) versions = said.versions;
    if (said.step === undefined) continue;
    if (losses.length > 0) all.push(now - before);
    before = now;
    losses.push([said.dLoss!, said.gLoss!]);
    // At every line: after the last one it may be gone.
    peakMiB = readPeak() ?? peakMiB;
    if (isEnough(losses.length)) {
      uncounted = all.length >> 1;
      break;
    }
  }
  return { stepMs: all.slice(uncounted), losses, peakMiB, versions };
}

function readPeak(pid: number): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(path.join('/proc', `${pid}`, 'status'), 'utf8'))?.[1];
    return kibibytes ? Math.round(Number(kibibytes) / 1024) : undefined;
  } catch {
    return undefined;
  }
}
