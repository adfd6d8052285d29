/**
 * Whether the limits of this process let a pool run, before anything is begun: in the middle V8 and
 * TensorFlow do not fail but end the process, without a word of what they lacked. The estimates are
 * low ones, of what was measured: what they refuse would not run.
 */

import { readdirSync } from 'node:fs';
import { allowedNodeEnvironmentFlags, getuid } from 'node:process';
import { type ControlGroup, readControlGroup } from '../../shared/controlGroup.js';
import { ConfigError, LimitError } from '../../shared/errors.js';
import {
  assertOpenFiles,
  gigabytes,
  type Limits,
  readAddressSpace,
  readIfThere,
  readLimits,
  readSwap,
} from '../../shared/limits.js';

/** What the pool is to be. */
export interface PoolNeeds {
  readonly ranks: number;
  readonly batchSize: number;
  /** Of the memory that all threads share. */
  readonly sharedBytes: number;
  /** Of the images. */
  readonly imageBytes: number;
}

/** V8 puts 10 GiB of addresses around every memory of WebAssembly, of whatever size, so as not to check each of them. */
const guardedBytes = 10 * 2 ** 30;
/** TensorFlow's library, the thread of the store, and what a worker has: address space, not memory. */
const spaceBesides = 1.7e9;
const spaceOfWorker = 0.63e9;
/** Memory that a run has at the least: 700 MB were enough for two workers, and 500 were not. */
const memoryBesides = 250e6;
const memoryOfWorker = 50e6;
/** What is set aside and not used counts as data. */
const unusedData = 200e6;
/** What TensorFlow holds of an image while the batch is computed, and what more of it with each worker. */
const memoryOfImage = 1e6;
const memoryOfImageInWorker = 0.2e6;
/** Threads of a worker: its own, and TensorFlow's for it. */
const threadsOfWorker = 3;
const threadsBesides = 1;
/** Files that are open at once while all threads read their programs. */
const filesBesides = 44;
const filesOfWorker = 10;

/**
 * What `allocate` gives, the memory that all threads share, if the limits let a pool run with it.
 * @throws LimitError saying which limit is too low, its value, what is needed, and what to type
 */
export function allocateWithinLimits<T>(needs: PoolNeeds, allocate: () => T): T {
  // More than WebAssembly can address: that is said there, and no limit helps.
  if (needs.sharedBytes >= 2 ** 32) return allocate();
  const limits = readLimits();
  const group = readControlGroup();
  assertMemory(needs, limits, group);
  assertThreads(needs, limits, group);
  assertOpenFiles(filesBesides + needs.ranks * filesOfWorker);
  const before = readAddressSpace();
  try {
    const memory = allocate();
    assertAddressSpace(needs, limits, before, isGuarded(needs, before));
    return memory;
  } catch (error) {
    if (error instanceof ConfigError) assertAddressSpace(needs, limits, before, !isWithoutGuards());
    throw error;
  }
}

/** Whether the memory that was just allocated has guards; later versions of Node leave them out where they see a limit. */
const isGuarded = ({ sharedBytes }: PoolNeeds, before = 0): boolean =>
  (readAddressSpace() ?? 0) - before > sharedBytes + 2 ** 31;

/** Node's option that takes the guards away; WebAssembly then checks addresses, and computes the same. */
const noGuards = '--disable-wasm-trap-handler';

const isWithoutGuards = (): boolean =>
  [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some(options => options.includes(noGuards));

function assertAddressSpace(
  { ranks, sharedBytes }: PoolNeeds,
  { addressSpace: most }: Limits,
  taken: number | undefined,
  isGuarded: boolean,
): void {
  if (most === undefined || taken === undefined) return;
  const withGuards = (guards: boolean, workers: number) =>
    taken +
    spaceBesides +
    workers * spaceOfWorker +
    (guards ? (1 + workers) * guardedBytes : sharedBytes + workers * 2 ** 25);
  const needed = withGuards(isGuarded, ranks);
  if (most >= needed) return;
  const raise = `raise the limit: ulimit -v unlimited, or a job's own (SGE: -l h_vmem=${Math.ceil(needed / 2 ** 30)}G)`;
  const reserved = `, since V8 reserves ${gigabytes(guardedBytes)} for each of ${1 + ranks} memories of WebAssembly`;
  const fewer = ranks > 1 ? `; or take fewer workers (--workers 1 needs ${atLeast(withGuards(false, 1))})` : '';
  const advice = isGuarded ? `${describeOption(withGuards(false, ranks))}; or ${raise}` : raise + fewer;
  throw new LimitError(
    `this process may have ${atMost(most)} of address space (ulimit -v), and ${workersNeed(ranks)} ${atLeast(needed)}${isGuarded ? reserved : ''}: ${advice}`,
  );
}

/** Rounded so that what is needed never looks like what is there. */
const atMost = (bytes: number): string => gigabytes(bytes < 1e9 ? bytes : 1e8 * Math.floor(bytes / 1e8));
const atLeast = (bytes: number): string => gigabytes(1e8 * Math.ceil(bytes / 1e8));

const describeOption = (needed: number): string =>
  allowedNodeEnvironmentFlags.has(noGuards)
    ? `type export NODE_OPTIONS=${noGuards} before the command, with which ${atLeast(needed)} are enough`
    : `take Node 20.15, 22.2 or later, whose option ${noGuards} makes ${atLeast(needed)} enough`;

function assertMemory(needs: PoolNeeds, { data }: Limits, { memory }: ControlGroup): void {
  const { ranks, batchSize, sharedBytes, imageBytes } = needs;
  const ofBatch = (workers: number) => batchSize * (memoryOfImage + workers * memoryOfImageInWorker);
  const needed = (workers: number) =>
    memoryBesides + workers * memoryOfWorker + sharedBytes + imageBytes + ofBatch(workers);
  const refuse = (most: number | undefined, unused: number, limit: string, who: string, how: string) => {
    if (most === undefined || most >= needed(ranks) + unused) return;
    const fewer = ranks > 1 && most >= needed(1) + unused ? ', or take fewer workers (--workers 1)' : '';
    throw new LimitError(
      `${who} may have ${atMost(most)} of ${limit}, and ${workersNeed(ranks)} at least ${atLeast(needed(ranks) + Math.max(0, unused))}: ${how}, or take a smaller training.batchSize${fewer}`,
    );
  };
  const more = "give it more (docker run --memory, Slurm's --mem, Kubernetes' limits.memory)";
  // What may go to swap is slow, and yet no reason to refuse.
  refuse(memory, -readSwap(), 'memory (memory.max of its control group)', 'this container or job', more);
  refuse(data, unusedData, 'data (ulimit -d)', 'this process', 'raise the limit (ulimit -d unlimited)');
}

function assertThreads({ ranks }: PoolNeeds, { processes }: Limits, { threads }: ControlGroup): void {
  const needed = threadsBesides + ranks * threadsOfWorker;
  const advice = ranks > 1 ? ', or take fewer workers (--workers 1)' : '';
  if (threads && threads.most - threads.now < needed)
    throw new LimitError(
      `this container or job may have ${threads.most} threads (pids.max of its control group) and has ${threads.now}, and ${workersNeed(ranks)} ${needed} more: give it more (docker run --pids-limit, systemd's TasksMax)${advice}`,
    );
  // Root has no such limit; and to count takes a look at every process, which is for limits that are near.
  if (processes === undefined || processes > 10_000 || getuid?.() === 0) return;
  const now = countThreadsOfUser();
  if (processes - now < needed)
    throw new LimitError(
      `you may have ${processes} processes and threads (ulimit -u) and have ${now}, and ${workersNeed(ranks)} ${needed} more: end some, or raise the limit: ulimit -u unlimited${advice}`,
    );
}

const workersNeed = (ranks: number): string => (ranks === 1 ? '1 worker needs' : `${ranks} workers need`);

/** Of all processes that show whose they are. */
function countThreadsOfUser(): number {
  const user = String(getuid?.());
  const ids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return ids.reduce((sum, id) => {
    const status = readIfThere(`/proc/${id}/status`) ?? '';
    const isOurs = /^Uid:\s+(\d+)/m.exec(status)?.[1] === user;
    return sum + (isOurs ? Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0) : 0);
  }, 0);
}
