/**
 * The pool of ranks: Piscina threads that run one order each, together. The first order goes out when every thread is
 * ready; after that each thread is free or gone when a step has ended. It runs a step again when a rank fails: a step reads `current` and writes only `next`, so nothing is undone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessagePort, type Worker } from 'node:worker_threads';
import { type Remote, wrap } from 'comlink';

import { Piscina } from 'piscina';
import type { Precision } from '../../config/config.js';
import { Barrier } from '../../memory/barrier.js';
import type {
  Fault,
  GenerateOrder,
  Hello,
  Order,
  Outcome,
  PhaseTimes,
  TrainOrder,
  WorkerControl,
  WorkerStart,
} from '../../memory/messages.js';
import { allocateMemory, type MemoryPlan, type SharedMemory } from '../../memory/sharedMemory.js';
import { prepareEngineEnvironment } from '../../shared/engine.js';
import { AbortedError, fromPlainError, StallError, toPlainError, WorkerError } from '../../shared/errors.js';
import { nodeEndpoint } from '../../shared/nodeEndpoint.js';
import { assertFinite } from './health.js';

export interface PoolOptions extends MemoryPlan {
  /** `[count, 784]` grey values over shared memory; empty if nothing will be trained. */
  readonly images: Uint8Array;
  readonly stallSeconds: number;
  /** float32 if it is not said. */
  readonly precision?: Precision;
  /** Told when a step is run again. */
  readonly onRetry?: (error: WorkerError, attempt: number) => void;
  /** Failures on purpose, in tests. */
  readonly faults?: readonly Fault[];
  /** Told after a training step what each rank's phases took. Without it phases are not timed. */
  readonly onPhases?: (phases: readonly PhaseTimes[], rank: number, step: number) => void;
}

/** A thread that has said hello. */
interface Thread {
  readonly port: MessagePort;
  readonly control: Remote<WorkerControl>;
  /** Whether it has loaded TensorFlow; undefined while it does. */
  started?: Outcome;
}

/** A rank's order, but for the rank. */
type SharedOrder = Omit<TrainOrder, 'rank'> | Omit<GenerateOrder, 'rank'>;

const maxAttempts = 4;
/** How long a thread may take to load TensorFlow. */
const startSeconds = 120;
const napMs = 100;
/** How long the end of a pool waits for its threads. */
const closeSeconds = 5;
/** What Node says of a thread that has ended. */
const endedThreadId = -1;
/** How much longer than a rank that waits the coordinator waits: the rank knows who is missing, so it should speak first. */
const graceSeconds = 2;

export class WorkerPool {
  private readonly piscina: Piscina;
  private readonly barrier: Barrier;
  /** By thread id. */
  private readonly threads = new Map<number, Thread>();
  private wakeStarter = () => {};
  /** Threads that have ended, and why the last one did that had no order. */
  private ended = 0;
  private threadError?: unknown;
  /** Once a rank has stalled, nothing runs any more: wherever it is, it may wake up and write. */
  private stall?: StallError;

  private constructor(
    readonly shared: SharedMemory,
    private readonly options: PoolOptions,
  ) {
    this.barrier = new Barrier(shared.barrier, options.ranks);
    const { ranks, slices, batchSize, images, stallSeconds, precision = 'float32', faults } = options;
    const plan = { ranks, slices, batchSize };
    const workerData: WorkerStart = { plan, memory: shared.memory, images, stallSeconds, precision, faults };
    prepareEngineEnvironment();
    this.piscina = new Piscina({
      filename: new URL('../../workers/entry.js', import.meta.url).href,
      minThreads: ranks,
      maxThreads: ranks,
      concurrentTasksPerWorker: 1,
      // Piscina's default blocks an idle thread's event loop, and control calls would never arrive.
      atomics: 'disabled',
      workerData,
    });
    this.piscina.on('message', (message: Hello) => {
      if (message?.kind === 'hello' && message.port instanceof MessagePort) this.greet(message);
    });
    this.piscina.on('workerDestroy', () => {
      this.ended++;
      this.wakeStarter();
    });
    // Of a thread that has no order; without a listener it would end the process.
    this.piscina.on('error', error => {
      this.threadError = error;
      this.wakeStarter();
    });
  }

  /** Allocates the memory and starts the threads; resolves when every one has loaded TensorFlow. */
  static async start(options: PoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(allocateMemory(options), options);
    try {
      await pool.allReady();
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** The state that the next step reads. Only between steps. */
  get current(): Float32Array {
    return this.shared.states[this.shared.control[0] as 0 | 1];
  }

  /**
   * Runs a training step on all ranks and, when all are done, makes `next` current: that one write is the step's end.
   * @throws WorkerError when a rank fails four times, StallError when a rank does not answer, and ever after; DivergenceError
   *   when a number is not finite; the step was not done then.
   */
  async train(order: Omit<TrainOrder, 'rank'>): Promise<void> {
    this.shared.health.fill(0);
    await this.runWithRetries({ ...order, timed: this.options.onPhases !== undefined });
    assertFinite(this.shared, order.step);
    Atomics.store(this.shared.control, 0, 1 - Atomics.load(this.shared.control, 0));
  }

  /** Leaves images `[order.images, 784]` in `shared.images` and, if asked, their logits in `shared.scores`. */
  async generate(order: Omit<GenerateOrder, 'rank'>): Promise<void> {
    await this.runWithRetries(order);
  }

  /** Live tensors of each thread. */
  async countTensors(): Promise<number[]> {
    return Promise.all(this.liveThreads().map(({ control }) => control.countTensors()));
  }

  /** Ends the threads. One that hangs in native code cannot be ended: if it still does then, the process exits with SIGKILL. */
  async close(): Promise<void> {
    this.barrier.abort();
    // An open port keeps the process alive.
    for (const { port } of this.threads.values()) port.close();
    const threads = [...this.piscina.threads];
    const timeout = new AbortController();
    const late = sleep(closeSeconds * 1000, 'late', timeout).catch(() => {});
    const outcome = await Promise.race([this.piscina.destroy(), late]);
    timeout.abort();
    if (outcome === 'late') leaveBehind(threads);
  }

  private async runWithRetries(order: SharedOrder): Promise<void> {
    let failure: WorkerError | undefined;
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      if (this.stall) throw this.stall;
      if (failure) this.options.onRetry?.(failure, attempt - 1);
      await this.allReady().catch(error => {
        throw failure ? notReplaced(failure, error) : error;
      });
      failure = await this.runOnce(order);
      if (!failure) return;
      if (failure instanceof StallError) this.giveUp(failure);
    }
    throw failure;
  }

  /** The late rank stops at its next barrier. What it writes until then is in `next`, which never becomes current any more. */
  private giveUp(stall: StallError): void {
    this.stall = stall;
    this.barrier.abort();
  }

  /** Every rank's order, ended one way or the other; the first rank's error that is not just the echo of another's. */
  private async runOnce(order: SharedOrder): Promise<WorkerError | undefined> {
    this.barrier.reset();
    const unfinished = new Set(Array.from({ length: this.options.ranks }, (_, rank) => rank));
    const tasks = [...unfinished].map(rank =>
      this.runRank({ ...order, rank } as Order).finally(() => unfinished.delete(rank)),
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
      return await Promise.race([allEnded, stalled, this.noticeSilence(order.step, unfinished, watch.signal)]);
    } finally {
      watch.abort();
    }
  }

  /**
   * The stall that no rank can tell of: of a single rank, or of one whose fellows have given up already.
   * @throws AbortError after `signal`
   */
  private async noticeSilence(step: number, unfinished: Set<number>, signal: AbortSignal): Promise<StallError> {
    const { stallSeconds } = this.options;
    let arrivals = this.barrier.countArrivals();
    // Seconds lived through, not those of a clock: a machine that was asleep is no rank that hangs.
    for (let silentSeconds = 0; silentSeconds < stallSeconds + graceSeconds; silentSeconds++) {
      await sleep(1000, undefined, { signal, ref: false });
      const now = this.barrier.countArrivals();
      if (now !== arrivals) silentSeconds = 0;
      arrivals = now;
    }
    return this.barrier.stallOf([...unfinished], step, stallSeconds);
  }

  private async runRank(order: Order): Promise<WorkerError | undefined> {
    let outcome: Outcome;
    try {
      outcome = await this.piscina.run(order);
    } catch (error) {
      // The thread is gone. The others wait for it at a barrier: let them go.
      this.barrier.abort();
      outcome = { ok: false, error: toPlainError(error) };
    }
    if (outcome.ok) {
      if (outcome.phases) this.options.onPhases?.(outcome.phases, order.rank, order.step);
      return undefined;
    }
    const error = fromPlainError(outcome.error);
    if (error instanceof WorkerError) return error;
    const phase = this.barrier.phaseOf(order.rank);
    const message = `rank ${order.rank} failed in step ${order.step}, ${phase}: ${error.message}`;
    return new WorkerError(message, order.rank, order.step, phase, { cause: error });
  }

  private greet({ threadId, port }: Hello): void {
    const thread: Thread = { port, control: wrap<WorkerControl>(nodeEndpoint(port)) };
    this.threads.set(threadId, thread);
    // A thread that dies meanwhile never answers, so nobody awaits this.
    thread.control.ready().then(outcome => {
      thread.started = outcome;
      this.wakeStarter();
    });
  }

  /** Two ranks' orders on one thread would wait for each other for ever: no order goes out before all are here. */
  private async allReady(): Promise<void> {
    // Time lived through, not that of a clock: the process may be stopped meanwhile (Ctrl-Z).
    let waitedMs = 0;
    const mostEnded = this.ended + 2 * this.options.ranks;
    for (;;) {
      const outcomes = this.liveThreads().map(({ started }) => started);
      for (const outcome of outcomes) if (outcome?.ok === false) throw fromPlainError(outcome.error);
      if (outcomes.filter(outcome => outcome?.ok).length >= this.options.ranks) {
        // It is no reason for what fails later.
        this.threadError = undefined;
        return;
      }
      // Piscina replaces no thread that ended while it read its file, and for ever one that ended while it loaded TensorFlow.
      if (this.piscina.threads.length < this.options.ranks || this.ended > mostEnded) {
        throw failedAtStart('ended while it started', this.threadError);
      }
      if (waitedMs > startSeconds * 1000) throw failedAtStart(`did not start within ${startSeconds} s`);
      const began = performance.now();
      await this.nextGreeting(napMs);
      waitedMs += Math.min(performance.now() - began, napMs);
    }
  }

  /** Those that have said hello and not ended since. */
  private liveThreads(): Thread[] {
    const alive = new Set(this.piscina.threads.map(thread => thread.threadId));
    for (const threadId of this.threads.keys()) if (!alive.has(threadId)) this.threads.delete(threadId);
    return [...this.threads.values()];
  }

  private nextGreeting(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.wakeStarter = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Before its first order a thread is no rank, and in no step. */
function failedAtStart(what: string, cause?: unknown): WorkerError {
  const reason = cause === undefined ? '' : `: ${toPlainError(cause).message}`;
  return new WorkerError(`a worker thread ${what}${reason}`, undefined, undefined, 'start', { cause });
}

/** What made a thread necessary must not be lost where that thread does not start. */
function notReplaced(failure: WorkerError, error: Error): WorkerError {
  const { message, rank, step, phase } = failure;
  return new WorkerError(`${message}; then ${error.message}`, rank, step, phase, { cause: error });
}

/** Node waits for its threads when it exits, and one that hangs in native code never ends. */
function leaveBehind(threads: readonly Worker[]): void {
  for (const thread of threads) thread.unref();
  process.once('exit', () => {
    const isLeft = threads.some(({ threadId }) => threadId !== endedThreadId);
    if (isLeft) process.kill(process.pid, 'SIGKILL');
  });
}
