/** Tells one process from another, for the lock: a pid alone does not, it is used again. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { describeJob, type Job } from './job.js';

/** A process, as a lock file names it. Fields that a system cannot tell are missing. */
export interface ProcessIdentity {
  pid: number;
  host: string;
  /** Changes with every start of the machine. */
  bootId?: string;
  /** The processes that see each other's pids: differs between containers. */
  pidNamespace?: string;
  /** When the process started: ticks since boot on Linux, a date elsewhere. Only compared. */
  startTime?: string;
  /** The same for people, ISO 8601. */
  started: string;
  /** When the lock was taken, ISO 8601. */
  since: string;
  /** Of this one lock. */
  token: string;
  /** The lock file is locked in the kernel as long as the process lives (fileLock.ts). */
  kernelLock?: boolean;
  /** What its scheduler calls what it belongs to. */
  job?: Job;
}

export async function describeThisProcess(): Promise<ProcessIdentity> {
  const now = Date.now();
  return {
    pid: process.pid,
    host: hostname(),
    bootId: await readBootId(),
    pidNamespace: await readPidNamespace(),
    startTime: await readStartTime(process.pid),
    started: new Date(now - process.uptime() * 1000).toISOString(),
    since: new Date(now).toISOString(),
    token: randomUUID(),
    job: describeJob(),
  };
}

/** Of a process. `unknown`: it ran on a machine or in a container whose processes cannot be seen from here. */
export type Life = 'alive' | 'dead' | 'unknown';

/**
 * Whether the process that a lock names still runs, told from its number.
 * @param isLocal - whether the lock is on a disk that no other machine has at the same time
 */
export async function lifeOf(owner: ProcessIdentity, isLocal: boolean): Promise<Life> {
  const [bootId, namespace] = [await readBootId(), await readPidNamespace()];
  const sameBoot = owner.bootId !== undefined && owner.bootId === bootId;
  if (!sameBoot && owner.host !== hostname()) return 'unknown';
  if (!sameBoot && owner.bootId !== undefined && bootId !== undefined) {
    // The machine was restarted: or a container of its name was, or there is another machine of that name.
    const areContainers = [owner.pidNamespace, namespace].some(name => name !== undefined && name !== machineNamespace);
    return isLocal && !areContainers ? 'dead' : 'unknown';
  }
  if (owner.pidNamespace !== undefined && namespace !== undefined && owner.pidNamespace !== namespace) return 'unknown';
  const startTime = await readStartTime(owner.pid);
  if (startTime === undefined) return isThere(owner.pid) ? 'alive' : 'dead';
  if (startTime === 'gone') return 'dead';
  return owner.startTime === undefined || owner.startTime === startTime ? 'alive' : 'dead';
}

const run = promisify(execFile);
const ask = (command: string, ...args: string[]): Promise<string | undefined> =>
  run(command, args, { env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, timeout: 5000 }).then(
    ({ stdout }) => stdout.trim() || undefined,
    () => undefined,
  );

async function readBootId(): Promise<string | undefined> {
  if (process.platform === 'linux') return readText('/proc/sys/kernel/random/boot_id');
  return process.platform === 'darwin' ? ask('sysctl', '-n', 'kern.bootsessionuuid') : undefined;
}

/** The one in which a Linux machine starts, PROC_PID_INIT_INO of the kernel; containers have others. */
const machineNamespace = 'pid:[4026531836]';

const readPidNamespace = (): Promise<string | undefined> => readlink('/proc/self/ns/pid').catch(() => undefined);

/** `gone` for a process that does not run any more, a zombie included; undefined when the system does not say. */
async function readStartTime(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return 'gone';
  if (process.platform === 'win32') return undefined;
  if (process.platform !== 'linux') return (await ask('ps', '-o', 'lstart=', '-p', String(pid))) ?? undefined;
  const stat = await readText(`/proc/${pid}/stat`);
  if (stat === undefined) return isThere(pid) ? undefined : 'gone';
  // "pid (command) state ppid …": the command may hold anything, so count from its last parenthesis; see proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'gone' : fields[19];
}

const readText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    text => text.trim(),
    () => undefined,
  );

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
