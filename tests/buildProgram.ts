/** The program of any build of gan-dist, as a process: of a build nothing else is used, so it may be of any time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { UsageError } from '../src/index.js';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly cwd: string;
  /** Ends it; the promise is rejected once it is gone. */
  readonly signal: AbortSignal;
  /** What ends it: SIGTERM for what has children of its own to end. */
  readonly endedBy?: 'SIGKILL' | 'SIGTERM';
  /** Each line of its stdout, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** @throws UsageError when no build is in the folder */
export function findProgram(folder: string): string {
  const program = path.resolve(folder, 'dist/src/cli/main.js');
  if (existsSync(program)) return program;
  throw new UsageError(
    `${folder} has no dist/src/cli/main.js: expected a clone of gan-dist that is built (npm run build)`,
  );
}

/** Runs a build's `gan-dist` to its end, whatever that is. @param program - that of `findProgram` */
export const runBuild = (program: string, args: readonly string[], running: Running): Promise<Ended> =>
  runProcess(process.execPath, [program, ...args], running);

/** @throws Error when there is no such program; whatever it ends with is an answer */
export async function runProcess(file: string, args: readonly string[], running: Running): Promise<Ended> {
  const { cwd, signal, endedBy = 'SIGKILL', onLine } = running;
  signal.throwIfAborted();
  const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill(endedBy);
  signal.addEventListener('abort', end);
  const lines: string[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text;
  });
  createInterface(child.stdout).on('line', line => {
    lines.push(line);
    onLine?.(line);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  return { status, stdout: lines.join('\n'), stderr };
}

/** Why it failed, in a line: the last that it said. */
export function describeEnd({ status, stderr }: Ended): string {
  const said = stderr.trim().split('\n').at(-1) || 'it said nothing';
  return `exit ${status ?? 'by a signal'}: ${said.replace(/^gan-dist: /, '')}`;
}
