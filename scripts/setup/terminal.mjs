/**
 * What set-up says while it works, on stderr: one line a part, redrawn on a terminal, repeated every few seconds in a
 * pipe. And `run`, which starts a program, shows its progress and ends it when set-up is interrupted.
 */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** An error whose message is all a user needs: no stack is printed. */
export class SetupError extends Error {}

const root = fileURLToPath(new URL('../..', import.meta.url));
const terminal = process.stderr.isTTY === true;
const redrawSeconds = terminal ? 0.5 : 5;
const children = new Set();

/** As src/cli/terminal/stopSignals.ts, which is not compiled yet. */
const interruptions = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGXCPU',
  'SIGPWR',
];

export function say(line) {
  process.stderr.write(`${terminal ? '\r\x1b[K' : ''}${line}\n`);
}

export const megabytes = bytes => `${Math.round(bytes / 1e6)} MB`;

/** Shows `title`, then `title: measure()` until the work is done; `measure` returns a short text such as "120 MB". */
export async function withProgress(title, measure, work) {
  const started = Date.now();
  const show = () => {
    const line = `${title}: ${measure()}, ${Math.round((Date.now() - started) / 1000)} s`;
    if (terminal) process.stderr.write(`\r\x1b[K${line}`);
    else say(line);
  };
  say(`${title} …`);
  const timer = setInterval(show, redrawSeconds * 1000);
  try {
    const result = await work();
    say(`${title}: done in ${Math.max(1, Math.round((Date.now() - started) / 1000))} s`);
    return result;
  } finally {
    clearInterval(timer);
    if (terminal) process.stderr.write('\r\x1b[K');
  }
}

/** Runs a program to its end and returns its output; rejects with the end of that output when it fails. */
export function run(command, args, { name = command, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const output = [];
    children.add(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => output.push(chunk));
    child.on('error', error => reject(new SetupError(`${name} did not start: ${error.message}`)));
    child.on('close', (code, signal) => {
      children.delete(child);
      const text = Buffer.concat(output).toString();
      if (code === 0) resolve(text);
      else reject(new SetupError(`${name} failed (${signal ?? `exit ${code}`}):\n${shorten(text)}`));
    });
  });
}

/** The beginning and the end of what a failed program printed: the cause is in one of them. */
function shorten(text) {
  const lines = text.trim().split('\n');
  return lines.length <= 40 ? lines.join('\n') : [...lines.slice(0, 20), '…', ...lines.slice(-20)].join('\n');
}

/** Whether a program is there and answers. */
export function answers(command, args = ['--version']) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** The system's errors name a place that cannot be used; anything else that is not ours is a bug. */
function describe(error) {
  if (error instanceof SetupError) return error.message;
  const [, where = ''] = /\n\s+at (.*)/.exec(error.stack ?? '') ?? [];
  if (error.syscall === undefined || error.path === undefined)
    return `Set-up failed: ${error.message} (${where}). This is a bug: please report this line.`;
  const advice = error.path.startsWith(root)
    ? 'Run it as the user to whom gan-dist belongs (in an image: when it is built; docs/containers.md).'
    : 'Make it writable, or set XDG_CACHE_HOME to a folder that is.';
  return `Set-up cannot use ${error.path} (${error.message}). ${advice}`;
}

/** Runs a set-up program: a SetupError is one line and exit 1; an interruption ends the children and leaves no part half-done. */
export async function runProgram(program) {
  for (const signal of interruptions) {
    if (!(signal in constants.signals)) continue;
    process.once(signal, () => {
      for (const child of children) child.kill('SIGTERM');
      say('Interrupted. Run it again: it goes on from what is finished.');
      process.exit(128 + constants.signals[signal]);
    });
  }
  try {
    await program();
  } catch (error) {
    say(describe(error));
    process.exitCode = 1;
  }
}
