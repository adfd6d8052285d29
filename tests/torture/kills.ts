/**
 * Kills the real program at random moments, again and again, and goes on with what it left: every store opens, nothing
 * that was committed is damaged, and every run ends with the bytes of one that was left alone.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRun } from '../../src/store/index.js';
import { main, runWell } from '../cli/program.js';
import { assertSameAsWhole, readRun } from '../coordinator/readRun.js';

/** A checkpoint after every step: most moments are in a commit. Three go, two stay: deletions are among them. */
const steps = 8;
const small = [
  `--steps=${steps}`,
  '--set=data.source=mnist-10k',
  '--set=training.batchSize=8',
  '--set=training.shuffle=true',
  '--set=output.checkpointEvery=1',
  '--set=output.sampleEvery=3',
  '--set=output.keep=2',
];

export interface Kills {
  readonly folder: string;
  readonly kills: number;
  /** SIGTERM and SIGINT must leave a checkpoint of the last step; SIGKILL may cost steps. */
  readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT';
  readonly onKill?: (done: number) => void;
}

export interface KillCounts {
  /** How often a kill met which moment, told from what it left. */
  readonly moments: ReadonlyMap<string, number>;
  /** Runs that came to their end, with the bytes of the undisturbed one. */
  readonly runs: number;
  /** Steps of checkpoints that were on disk at the kills, together. */
  readonly stepsKept: number;
}

export async function killAgainAndAgain({ folder, kills, signal, onKill }: Kills): Promise<KillCounts> {
  runWell(folder, 'train', '--run=whole.zarr', ...small);
  const whole = await readRun(join(folder, 'whole.zarr'));
  const run = join(folder, 'run.zarr');
  const moments = new Map<string, number>();
  let [done, runs, stepsKept] = [0, 0, 0];
  while (done < kills || existsSync(run)) {
    const isKilled = await trainUntilKilled(folder, done < kills ? signal : undefined);
    if (isKilled) {
      const moment = findMoment(run);
      moments.set(moment, (moments.get(moment) ?? 0) + 1);
      stepsKept += await assertSound(run, signal);
      done++;
      onKill?.(done);
      continue;
    }
    await assertSameAsWhole(run, whole);
    rmSync(run, { recursive: true });
    runs++;
  }
  return { moments, runs, stepsKept };
}

/** @returns whether the signal came before the end; a run that ended by itself ended well */
async function trainUntilKilled(folder: string, signal?: Kills['signal']): Promise<boolean> {
  const workers = 1 + Math.floor(3 * Math.random());
  const args = [main, 'train', '--run=run.zarr', ...small, '--resume', '--json', `--workers=${workers}`];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', data => {
    stderr += data;
  });
  const exited = once(child, 'exit');
  let isSent = false;
  if (signal) reachMoment(child).then(() => (isSent = child.kill(signal)));
  const [code, ended] = await exited;
  if (code === 0) return false;
  assert.ok(isSent, `it failed by itself: ${stderr}`);
  const expected = { SIGKILL: [], SIGTERM: [143], SIGINT: [130] }[signal!] as (number | null)[];
  // Before the program listens, a signal ends it: there is nothing to lose yet.
  assert.ok(ended === signal || expected.includes(code), `exit ${code} ${ended}: ${stderr}`);
  return true;
}

/** Somewhere in the start, or a moment after some step. */
async function reachMoment(child: ChildProcess): Promise<void> {
  if (Math.random() < 0.25) return sleep(3000 * Math.random());
  let left = Math.floor(steps * Math.random());
  for await (const _ of createInterface(child.stdout!)) if (left-- <= 0) break;
  child.stdout!.resume();
  await sleep(400 * Math.random());
}

function findMoment(run: string): string {
  const unfinished = existsSync(`${run}.tmp`) ? readdirSync(`${run}.tmp`).map(name => name.split('-')[0]!) : [];
  if (unfinished.includes('run')) return 'while the run was made';
  if (!existsSync(run)) return 'before there was a run';
  if (unfinished.includes('checkpoint')) return 'while a checkpoint was written';
  if (unfinished.includes('removed')) return 'while an old checkpoint was deleted';
  if (unfinished.includes('file')) return 'while metadata or metrics were replaced';
  return 'with no file under way';
}

/** @returns the step of the newest checkpoint */
async function assertSound(path: string, signal: Kills['signal']): Promise<number> {
  if (!existsSync(path)) return 0;
  const run = await openRun(path);
  const problems = (await run.verify()).filter(({ harmless }) => !harmless);
  assert.deepEqual(problems, []);
  if (run.latest && signal !== 'SIGKILL') assert.equal(run.latest.step, run.steps);
  return run.latest?.step ?? 0;
}
