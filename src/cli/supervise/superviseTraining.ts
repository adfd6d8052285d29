/**
 * `--max-restarts`: trains in a child process and starts it again when it crashes. Nothing inside a
 * process can survive a segmentation fault of TensorFlow, the out-of-memory killer, or a worker
 * that hangs in native code; this one does no more than watch, so it outlives them. The child goes
 * on from the last commit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { countKilledForMemory, readControlGroup } from '../../shared/controlGroup.js';
import { CrashError } from '../../shared/errors.js';
import { gigabytes } from '../../shared/limits.js';
import { saySafe } from '../output/saySafe.js';
import { plural } from '../terminal/format.js';
import { type Crash, describePlace, judgeCrash } from './judgeCrash.js';
import { passSignals } from './passSignals.js';
import { type Report, type Supervision, supervisedVariable } from './supervisor.js';

/** How a child ended: by its own will, with an exit code, or by a crash. */
type End = { readonly code: number } | { readonly crash: Crash };

/** What the children have told of the run. */
interface Known {
  run?: string;
  /** Steps done by the newest child; undefined before its first. */
  step?: number;
}

/**
 * Runs this very command again in a child, and after a crash once more, at most `maxRestarts` times.
 * @param run - the path that the command gives the run
 * @param steps - where it is to end, if not with its config's epochs
 * @returns what the process is to exit with
 * @throws CrashError when another restart is not allowed, or would not help
 */
export async function superviseTraining(run: string, steps: number | undefined, maxRestarts: number): Promise<number> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const signals = passSignals();
  const known: Known = {};
  const crashes: Crash[] = [];
  const wasThere = existsSync(run);
  let restarted: string | undefined;
  for (;;) {
    const isOurs = known.run !== undefined || (crashes.length > 0 && !wasThere);
    const end = await runChild({ restarted, isOurs, secondsBefore: process.uptime() }, known, signals.passTo);
    if ('code' in end) return end.code;
    crashes.push(end.crash);

    const what = `the training process ${end.crash.how} ${describePlace(end.crash)}`;
    const verdict = judgeCrash(crashes, maxRestarts);
    if (signals.exitCode !== 0 || 'giveUp' in verdict) {
      if (known.run !== undefined) await saySafe(known.run, steps, say);
      if (signals.exitCode === 0 && 'giveUp' in verdict)
        throw new CrashError(`${what}; ${verdict.giveUp}`, end.crash.step);
      say(`${startSentence(what)}.`);
      return signals.exitCode;
    }
    const count = `restart ${crashes.length} of ${maxRestarts}`;
    restarted = `${count}: ${what}`;
    const seconds = verdict.restartAfterSeconds;
    say(`${startSentence(what)}. It starts again in ${plural(seconds, 'second')} (${count}).`);
    await sleep(seconds * 1000, undefined, { signal: signals.signal }).catch(() => {});
    if (signals.exitCode !== 0) return signals.exitCode;
  }
}

const startSentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;

async function runChild(supervision: Supervision, known: Known, onChild: (child: ChildProcess) => void): Promise<End> {
  known.step = undefined;
  let failure: string | undefined;
  const killedBefore = countKilledForMemory();
  try {
    const child = startChild(supervision);
    onChild(child);
    child.on('message', (report: Report) => {
      if (report.kind === 'failed') failure = report.message;
      else known.step = report.step;
      if (report.kind === 'begun') known.run = report.run;
    });
    // What the child told before it ended may be read after its exit, but before the channel closes.
    const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    if (failure === undefined && signal === null) return { code };
    return {
      crash: {
        how:
          failure === undefined
            ? `was ended by ${signal}${signal === 'SIGKILL' ? lackOfMemory(killedBefore) : ''}`
            : `failed (${failure})`,
        step: known.step,
      },
    };
  } catch (error) {
    return { crash: { how: `could not be started (${(error as Error).message})`, step: undefined } };
  }
}

/** The kernel's count tells its killing apart from that of a person, or of a scheduler. */
function lackOfMemory(killedBefore: number): string {
  if (countKilledForMemory() <= killedBefore) return '';
  const { memory } = readControlGroup();
  const most = memory === undefined ? '' : ` than the ${gigabytes(memory)} that its control group allows (memory.max)`;
  return `, since it took more memory${most}`;
}

function startChild(supervision: Supervision): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [supervisedVariable]: JSON.stringify(supervision) },
    // A session of its own: a Ctrl-C of the terminal comes to this process only, which passes it on, once.
    detached: true,
  });
}
