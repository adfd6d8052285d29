/**
 * The pool of ranks: Piscina threads that run one order each, together. It starts a step only when every thread is
 * ready, and runs a step again when a rank fails: a step reads `current` and writes only `next`, so nothing is undone.
 */
import { MessagePort } from 'node:worker_threads';
import { type Remote, wrap } from 'comlink';

import { Piscina } from 'piscina';
import { Barrier } from '../shared/barrier.js';
import { prepareEngineEnvironment } from '../shared/engine.js';
import { AbortedError, fromPlainError, StallError, toPlainError, WorkerError } from '../shared/errors.js';
import type {
  GenerateOrder,
  Hello,
  Order,
  Outcome,
  TrainOrder,
  WorkerControl,
  WorkerStart,
} from '../shared/messages.js';
import { nodeEndpoint } from '../shared/nodeEndpoint.js';
import { allocateMemory, type MemoryPlan, type SharedMemory } from '../shared/sharedMemory.js';

export interface PoolOptions extends MemoryPlan {
  /** `[count, 784]` grey values over shared memory; empty if nothing will be trained. */
  readonly images: Uint8Array;
  readonly stallSeconds: number;
  /** Told when a step is run again. */
  readonly onRetry?: (error: WorkerError, attempt: number) => void;
}

/** A rank's order, but for the rank. */
export type SharedOrder = Omit<TrainOrder, 'rank'> | Omit<GenerateOrder, 'rank'>;

const maxAttempts = 4;
/** How long a thread may take to load TensorFlow. */
const startSeconds = 120;

export class WorkerPool {
  private readonly piscina: Piscina;
  private readonly barrier: Barrier;
  private readonly controls = new Map<number, Remote<WorkerControl>>();
  private wakeStarter = () => {};

  private constructor(
    readonly shared: SharedMemory,
    private readonly options: PoolOptions,
  ) {
    this.barrier = new Barrier(shared.barrier, options.ranks);
    const { ranks, slices, batchSize, images, stallSeconds } = options;
    const workerData: WorkerStart = { plan: { ranks, slices, batchSize }, memory: shared.memory, images, stallSeconds };
    prepareEngineEnvironment();
    this.piscina = new Piscina({
      filename: new URL('../workers/entry.js', import.meta.url).href,
      minThreads: ranks,
      maxThreads: ranks,
      concurrentTasksPerWorker: 1,
      // Piscina's default blocks an idle thread's event loop, and control calls would never arrive.
      atomics: 'disabled',
      workerData,
      // What a library prints there is not for the user of this program.
      stderr: true,
    } as ConstructorParameters<typeof Piscina>[0]);
    this.piscina.on('message', (message: Hello) => {
      if (message?.kind === 'hello' && message.port instanceof MessagePort) this.greet(message);
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
   * @throws WorkerError when a rank fails four times, StallError when a rank does not answer.
   */
  async train(order: Omit<TrainOrder, 'rank'>): Promise<void> {
    await this.runWithRetries(order);
    Atomics.store(this.shared.control, 0, 1 - Atomics.load(this.shared.control, 0));
  }

  /** Leaves images `[order.images, 784]` in `shared.images` and, if asked, their logits in `shared.scores`. */
  async generate(order: Omit<GenerateOrder, 'rank'>): Promise<void> {
    await this.runWithRetries(order);
  }

  /** Live tensors of each thread. */
  async countTensors(): Promise<number[]> {
    const counts = await Promise.all([...this.controls.values()].map(control => control.memory()));
    return counts.map(count => count.tensors);
  }

  async close(): Promise<void> {
    this.barrier.abort();
    await this.piscina.destroy();
  }

  private async runWithRetries(order: SharedOrder): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const error = await this.runOnce(order);
      if (!error) return;
      if (error instanceof StallError || attempt === maxAttempts) throw error;
      this.options.onRetry?.(error, attempt);
      await this.allReady();
    }
  }

  /** Every rank's order, ended one way or the other; the first rank's error that is not just the echo of another's. */
  private async runOnce(order: SharedOrder): Promise<WorkerError | undefined> {
    this.barrier.reset();
    const tasks = Array.from({ length: this.options.ranks }, async (_, rank) =>
      this.runRank({ ...order, rank } as Order),
    );
    const errors = (await Promise.all(tasks)).filter(error => error !== undefined);
    return errors.find(error => !(error instanceof AbortedError)) ?? errors[0];
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
    if (outcome.ok) return undefined;
    const error = fromPlainError(outcome.error);
    if (error instanceof WorkerError) return error;
    const message = `rank ${order.rank} failed in step ${order.step}: ${error.message}`;
    return new WorkerError(message, order.rank, order.step, undefined, { cause: error });
  }

  private greet({ threadId, port }: Hello): void {
    port.unref();
    this.controls.set(threadId, wrap<WorkerControl>(nodeEndpoint(port)));
    this.wakeStarter();
  }

  /** Two ranks' orders on one thread would wait for each other for ever: no order goes out before all are here. */
  private async allReady(): Promise<void> {
    const deadline = Date.now() + startSeconds * 1000;
    for (;;) {
      const alive = new Set(this.piscina.threads.map(thread => thread.threadId));
      for (const threadId of this.controls.keys()) if (!alive.has(threadId)) this.controls.delete(threadId);
      if (this.controls.size >= this.options.ranks) break;
      if (Date.now() > deadline) throw new WorkerError(`a worker thread did not start within ${startSeconds} s`);
      await this.nextGreeting(100);
    }
    const outcomes = await Promise.all([...this.controls.values()].map(control => control.ready()));
    for (const outcome of outcomes) if (!outcome.ok) throw fromPlainError(outcome.error);
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
