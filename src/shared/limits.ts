/**
 * The limits that a shell, a scheduler or a container sets to this process, and what to type where
 * one of them is met.
 */
import { readFileSync } from 'node:fs';
import { LimitError } from './errors.js';

/** Soft limits of the process; those that are not set, or not told, are missing. */
export interface Limits {
  /** Bytes, as the others but for the last two. */
  readonly addressSpace?: number;
  /** Of memory that can be written and is the process's own. */
  readonly data?: number;
  readonly fileSize?: number;
  readonly openFiles?: number;
  /** Of the user, threads counted one by one. */
  readonly processes?: number;
}

const names: Readonly<Record<keyof Limits, string>> = {
  addressSpace: 'Max address space',
  data: 'Max data size',
  fileSize: 'Max file size',
  openFiles: 'Max open files',
  processes: 'Max processes',
};

/** @param file - tests give another one */
export function readLimits(file = '/proc/self/limits'): Limits {
  const text = readIfThere(file) ?? '';
  const limitOf = (name: string) => Number(new RegExp(`^${name} +(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const found = Object.entries(names).map(([key, name]) => [key, limitOf(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => !Number.isNaN(value)));
}

/** Read while a file may still be opened. */
const ofThisProcess = readLimits();

/** @throws LimitError when fewer than `needed` files may be open */
export function assertOpenFiles(needed: number, { openFiles = needed } = ofThisProcess): void {
  if (openFiles < needed)
    throw new LimitError(`${describeLimit('EMFILE', { openFiles })}: at least ${needed} are needed`);
}

/** Bytes of address space that this process has taken; undefined where the system does not tell. */
export function readAddressSpace(): number | undefined {
  const kilobytes = /^VmSize:\s+(\d+)/m.exec(readIfThere('/proc/self/status') ?? '')?.[1];
  return kilobytes === undefined ? undefined : 1024 * Number(kilobytes);
}

/** Bytes of the machine's swap. */
export const readSwap = (): number =>
  1024 * Number(/^SwapTotal:\s+(\d+)/m.exec(readIfThere('/proc/meminfo') ?? '')?.[1] ?? 0);

/** What an error with this code says of a limit, its value, and what to type; undefined if it is of no limit. */
export function describeLimit(code: string, limits = ofThisProcess): string | undefined {
  const of = (value: number | undefined, unit = (n: number) => `${n}`) => (value === undefined ? '' : unit(value));
  switch (code) {
    case 'EFBIG':
      return `this process may not write files larger than ${of(limits.fileSize, gigabytes) || 'the file system takes'}; type ulimit -f unlimited before the command`;
    case 'EMFILE':
      return `this process may have no more than ${of(limits.openFiles) || 'so many'} files open; type ulimit -n ${Math.max(1024, 2 * (limits.openFiles ?? 0))} before the command, or have the hard limit raised`;
    case 'ENFILE':
      return 'this machine has as many files open as it may (sysctl fs.file-max)';
    case 'ERR_WORKER_INIT_FAILED':
    case 'EAGAIN':
      return `no more threads can be started (ulimit -u${of(limits.processes, n => ` is ${n}`)}, or pids.max of a container); type ulimit -u unlimited before the command, raise pids.max (docker run --pids-limit), or take fewer workers (--workers 1)`;
    case 'ENOMEM':
      return 'the system gives this process no more memory; free some, or raise its limit (ulimit -v, memory.max of a container)';
    default:
      return undefined;
  }
}

/** An error of the system, or of Node, that means a limit, as a LimitError; others stay as they are. */
export function explainLimit(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error;
  // What V8 says, without a code, when it finds no addresses for a memory of WebAssembly.
  // And Node, where a thread could not be started for want of something else than threads.
  const named = /\b(EMFILE|ENFILE|ENOMEM)\b/.exec(message)?.[1];
  const ownCode = (error as NodeJS.ErrnoException).code;
  const code = /WebAssembly\.Memory\(\)/.test(message)
    ? 'ENOMEM'
    : ownCode === 'ERR_WORKER_INIT_FAILED'
      ? (named ?? ownCode)
      : ownCode;
  const reason = typeof code === 'string' ? describeLimit(code) : undefined;
  return reason === undefined ? error : new LimitError(`${reason} (${message})`, { cause: error });
}

export const gigabytes = (bytes: number): string =>
  bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
