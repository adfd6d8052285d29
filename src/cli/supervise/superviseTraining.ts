/**
 * `--max-restarts`: trains in a child process and starts it again when it crashes. Nothing inside a process can survive a
 * segmentation fault of TensorFlow, the out-of-memory killer, or a worker that hangs in native code; this one does no
 * more than watch, so it outlives them. The child goes on from the last commit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CrashError } from '../../shared/errors.js';
import { plural } from '../inspect/format.js';
import { saySafe } from '../saySafe.js';
import { type Crash, describePlace, judgeCrash } from './judgeCrash.js';
import { passSignals } from './passSignals.js';
import { type Report, type Supervision, supervisedVariable } from './supervisor.js';

/** How a child ended: by its own will, with an exit code, or by a crash. */
type End = { readonly code: number } | { readonly crash: Crash };

/** What is known of the run from the children so far. */
interface Known {
  run?: string;
  /** Steps done by the newest child; undefined before its first. */
  step?: number;
}

/**
 * Runs this very command again in a child, and after a crash once more, at most `maxRestarts` times.
 * @returns what the process is to exit with
 * @throws CrashError when another restart is not allowed, or would not help
 */
export async function superviseTraining(maxRestarts: number): Promise<number> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const signals = passSignals();
  const known: Known = {};
  const crashes: Crash[] = [];
  for (let reason: string | undefined; ; ) {
    const supervision = { restart: crashes.length, maxRestarts, reason, begun: known.run !== undefined };
    const end = await runChild(supervision, known, child => signals.passTo(child));
    if ('code' in end) return end.code;
    if (signals.exitCode !== 0) return signals.exitCode;
    crashes.push(end.crash);

    const crash = `the training process ${end.crash.how} ${describePlace(end.crash)}`;
    const verdict = judgeCrash(crashes, maxRestarts);
    if ('giveUp' in verdict) {
      if (known.run !== undefined) await saySafe(known.run, say);
      throw new CrashError(`${crash}; ${verdict.giveUp}`, end.crash.step);
    }
    reason = `restart ${crashes.length} of ${maxRestarts}: ${crash}`;
    const seconds = verdict.restartAfterSeconds;
    say(
      `${crash[0]!.toUpperCase()}${crash.slice(1)}. It starts again in ${plural(seconds, 'second')} (restart ${crashes.length} of ${maxRestarts}).`,
    );
    await sleep(seconds * 1000, undefined, { signal: signals.signal }).catch(() => {});
    if (signals.exitCode !== 0) return signals.exitCode;
  }
}

async function runChild(supervision: Supervision, known: Known, onChild: (child: ChildProcess) => void): Promise<End> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [supervisedVariable]: JSON.stringify(supervision) },
    // A session of its own: a Ctrl-C of the terminal comes to this process only, which passes it on, once.
    detached: true,
  });
  onChild(child);
  let failed = false;
  known.step = undefined;
  child.on('message', (report: Report) => {
    if (report.kind === 'workers failed') failed = true;
    else known.step = report.step;
    if (report.kind === 'begun') known.run = report.run;
  });
  // What the child told before it ended may be read after its exit, but before the channel closes.
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  if (signal === null && !failed) return { code };
  return {
    crash: {
      how: signal === null ? 'ended after a failure of its workers' : `was ended by ${signal}`,
      step: known.step,
    },
  };
}
