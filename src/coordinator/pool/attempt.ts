/** One attempt at an order: every rank's part of it, ended one way or the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Barrier } from '../../memory/barrier.js';
import type { GenerateOrder, Order, Outcome, PhaseTimes, TrainOrder } from '../../memory/messages.js';
import { AbortedError, fromPlainError, StallError, toPlainError, WorkerError } from '../../shared/errors.js';
import type { Threads } from './threads.js';

/** An order, but for the rank. */
export type SharedOrder = Omit<TrainOrder, 'rank'> | Omit<GenerateOrder, 'rank'>;

export interface Attempting {
  readonly threads: Pick<Threads, 'run'>;
  readonly barrier: Barrier;
  readonly ranks: number;
  readonly stallSeconds: number;
  /** Told what each rank's phases took, where the order asks for it. */
  readonly onPhases?: (phases: readonly PhaseTimes[], rank: number, step: number) => void;
}

/**
 * How much longer than a rank that waits the coordinator waits: the rank knows who is missing, so
 * it should speak first.
 */
const graceSeconds = 2;

/** @returns the first rank's error that is not just the echo of another's; undefined when all have done it */
export async function attempt(attempting: Attempting, order: SharedOrder): Promise<WorkerError | undefined> {
  attempting.barrier.reset();
  const unfinished = new Set(Array.from({ length: attempting.ranks }, (_, rank) => rank));
  const tasks = [...unfinished].map(rank =>
    runRank(attempting, { ...order, rank } as Order).finally(() => unfinished.delete(rank)),
  );
  const allEnded = Promise.all(tasks).then(ended => {
    const errors = ended.filter(error => error !== undefined);
    return errors.find(error => !(error instanceof AbortedError)) ?? errors[0];
  });
  // A rank that stalls may never end: the word of one that waited for it is enough.
  const stalled = new Promise<StallError>(resolve => {
    for (const task of tasks) task.then(error => error instanceof StallError && resolve(error));
  });
  const watch = new AbortController();
  try {
    return await Promise.race([allEnded, stalled, noticeSilence(attempting, order.step, unfinished, watch.signal)]);
  } finally {
    watch.abort();
  }
}

/**
 * The stall that no rank can tell of: of a single rank, or of one whose fellows have given up already.
 * @throws AbortError after `signal`
 */
async function noticeSilence(
  { barrier, stallSeconds }: Attempting,
  step: number,
  unfinished: Set<number>,
  signal: AbortSignal,
): Promise<StallError> {
  let arrivals = barrier.countArrivals();
  // Seconds lived through, not those of a clock: a machine that was asleep is no rank that hangs.
  for (let silentSeconds = 0; silentSeconds < stallSeconds + graceSeconds; silentSeconds++) {
    await sleep(1000, undefined, { signal, ref: false });
    const now = barrier.countArrivals();
    if (now !== arrivals) silentSeconds = 0;
    arrivals = now;
  }
  return barrier.stallOf([...unfinished], step, stallSeconds);
}

async function runRank({ threads, barrier, onPhases }: Attempting, order: Order): Promise<WorkerError | undefined> {
  let outcome: Outcome;
  try {
    outcome = await threads.run(order);
  } catch (error) {
    // The thread is gone. The others wait for it at a barrier: let them go.
    barrier.abort();
    outcome = { ok: false, error: toPlainError(error) };
  }
  if (outcome.ok) {
    if (outcome.phases) onPhases?.(outcome.phases, order.rank, order.step);
    return undefined;
  }
  const error = fromPlainError(outcome.error);
  if (error instanceof WorkerError) return error;
  const phase = barrier.phaseOf(order.rank);
  const message = `rank ${order.rank} failed in step ${order.step}, ${phase}: ${error.message}`;
  return new WorkerError(message, order.rank, order.step, phase, { cause: error });
}
