/**
 * The lives of the pool's threads: Piscina starts them, each says hello when it runs and ready when
 * it has loaded TensorFlow, and one that ends is replaced. What a thread is told to do is not known
 * here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessagePort, type Worker } from 'node:worker_threads';
import { type Remote, wrap } from 'comlink';
import { Piscina } from 'piscina';
import type { Hello, Order, Outcome, WorkerControl, WorkerStart } from '../../memory/messages.js';
import { prepareEngineEnvironment } from '../../shared/engine.js';
import { fromPlainError, toPlainError, WorkerError } from '../../shared/errors.js';
import { explainLimit } from '../../shared/limits.js';
import { nodeEndpoint } from '../../shared/nodeEndpoint.js';

/** A thread that has said hello. */
interface Thread {
  readonly port: MessagePort;
  readonly control: Remote<WorkerControl>;
  /** Whether it has loaded TensorFlow; undefined while it does. */
  started?: Outcome;
}

/** How long a thread may take to load TensorFlow. */
const startSeconds = 120;
const napMs = 100;
/** How long the end of a pool waits for its threads. */
const closeSeconds = 5;
/** What Node says of a thread that has ended. */
const endedThreadId = -1;

export class Threads {
  private readonly piscina: Piscina;
  /** By thread id. */
  private readonly threads = new Map<number, Thread>();
  #wakeStarter = () => {};
  readonly #watched = new WeakSet<Worker>();
  /** Threads that have ended, and why the last one did. */
  #ended = 0;
  #reason?: unknown;

  constructor(
    private readonly count: number,
    workerData: WorkerStart,
  ) {
    prepareEngineEnvironment();
    this.piscina = new Piscina({
      filename: new URL('../../workers/entry.js', import.meta.url).href,
      minThreads: count,
      maxThreads: count,
      concurrentTasksPerWorker: 1,
      // Piscina's default blocks an idle thread's event loop, and control calls would never arrive.
      atomics: 'disabled',
      workerData,
    });
    this.piscina.on('message', (message: Hello) => {
      if (message?.kind === 'hello' && message.port instanceof MessagePort) this.#greet(message);
    });
    this.piscina.on('workerDestroy', () => {
      this.#ended++;
      this.#wakeStarter();
      // Its replacement is there after this.
      queueMicrotask(() => this.#watch());
    });
    // Without a listener an error of a thread that has no order would end the process.
    this.piscina.on('error', () => this.#wakeStarter());
    this.#watch();
  }

  /** Runs an order on a free thread. Rejects when the thread ends. */
  run(order: Order): Promise<Outcome> {
    return this.piscina.run(order);
  }

  /** Live tensors of each thread. */
  async countTensors(): Promise<number[]> {
    return Promise.all(this.#live().map(({ control }) => control.countTensors()));
  }

  /** Two ranks' orders on one thread would wait for each other for ever: no order goes out before all are here. */
  async allReady(): Promise<void> {
    // Time lived through, not that of a clock: the process may be stopped meanwhile (Ctrl-Z).
    let waitedMs = 0;
    const mostEnded = this.#ended + this.count;
    for (;;) {
      const outcomes = this.#live().map(({ started }) => started);
      for (const outcome of outcomes) if (outcome?.ok === false) throw fromPlainError(outcome.error);
      if (outcomes.filter(outcome => outcome?.ok).length >= this.count) {
        // It is no reason for what fails later.
        this.#reason = undefined;
        return;
      }
      // Piscina replaces no thread that ended while it read its file, and for ever one that ended
      // while it loaded TensorFlow.
      if (this.piscina.threads.length < this.count || this.#ended > mostEnded) {
        throw failedAtStart('ended while it started', this.#reason);
      }
      if (waitedMs > startSeconds * 1000) throw failedAtStart(`did not start within ${startSeconds} s`);
      const began = performance.now();
      await this.#nextGreeting(napMs);
      waitedMs += Math.min(performance.now() - began, napMs);
    }
  }

  /**
   * Ends the threads. One that hangs in native code cannot be ended: if it still does then, the
   * process exits with SIGKILL.
   */
  async close(): Promise<void> {
    // One that ends by itself while it is ended settles Piscina's wait for it, and Piscina would
    // replace it then, and that one's replacement, for ever.
    this.piscina.options.minThreads = 0;
    // An open port keeps the process alive.
    for (const { port } of this.threads.values()) port.close();
    const threads = [...this.piscina.threads];
    const timeout = new AbortController();
    const late = sleep(closeSeconds * 1000, 'late', timeout).catch(() => {});
    const outcome = await Promise.race([this.piscina.destroy(), late]);
    timeout.abort();
    if (outcome === 'late') leaveBehind(threads);
  }

  #greet({ threadId, port }: Hello): void {
    const thread: Thread = { port, control: wrap<WorkerControl>(nodeEndpoint(port)) };
    this.threads.set(threadId, thread);
    // A thread that dies meanwhile never answers, so nobody awaits this.
    thread.control.ready().then(outcome => {
      thread.started = outcome;
      this.#wakeStarter();
    });
  }

  /** Why a thread ends; of one that exits without an order, Piscina says nothing. */
  #watch(): void {
    for (const worker of this.piscina.threads) {
      if (this.#watched.has(worker)) continue;
      this.#watched.add(worker);
      let hasThrown = false;
      worker.once('error', error => {
        hasThrown = true;
        this.#reason = error;
      });
      worker.once('exit', code => {
        if (!hasThrown) this.#reason = new Error(`exit code ${code}`);
      });
    }
  }

  /** Those that have said hello and not ended since. */
  #live(): Thread[] {
    const alive = new Set(this.piscina.threads.map(thread => thread.threadId));
    for (const threadId of this.threads.keys()) if (!alive.has(threadId)) this.threads.delete(threadId);
    return [...this.threads.values()];
  }

  #nextGreeting(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeStarter = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Before its first order a thread is no rank, and in no step. */
function failedAtStart(what: string, cause?: unknown): WorkerError {
  const reason = cause === undefined ? '' : `: ${toPlainError(explainLimit(cause)).message}`;
  return new WorkerError(`a worker thread ${what}${reason}`, undefined, undefined, 'start', { cause });
}

/** Node waits for its threads when it exits, and one that hangs in native code never ends. */
function leaveBehind(threads: readonly Worker[]): void {
  for (const thread of threads) thread.unref();
  process.once('exit', () => {
    const isLeft = threads.some(({ threadId }) => threadId !== endedThreadId);
    if (isLeft) process.kill(process.pid, 'SIGKILL');
  });
}
