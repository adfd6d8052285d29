/**
 * The pool of ranks, which run an order together. It runs a step again when a rank fails: a step
 * reads `current` and writes only `next`, so nothing is undone. After each order a thread is free
 * or gone.
 */
import type { Precision } from '../../config/config.js';
import { Barrier } from '../../memory/barrier.js';
import type { Fault } from '../../memory/fault.js';
import type { GenerateOrder, TrainOrder, WorkerStart } from '../../memory/messages.js';
import { allocateMemory, type GroupSize, type SharedMemory, sizeOfMemory } from '../../memory/sharedMemory.js';
import type { Plan } from '../../model/plan.js';
import { planState, type StateLayout } from '../../model/stateLayout.js';
import { sizeOfImage } from '../../pictures/picture.js';
import { LimitError, StallError, WorkerError } from '../../shared/errors.js';
import { allocateWithinLimits } from './allocateWithinLimits.js';
import { type Attempting, attempt, type SharedOrder } from './attempt.js';
import { assertStepFinite } from './health.js';
import { Threads } from './threads.js';

export interface PoolOptions extends GroupSize {
  readonly plan: Plan;
  /** `[count, height, width, channels]` over shared memory; empty if nothing will be trained. */
  readonly images: Uint8Array;
  readonly stallSeconds: number;
  /** float32 if it is not said. */
  readonly precision?: Precision;
  /** Told when a step is run again. */
  readonly onRetry?: (error: WorkerError, attempt: number) => void;
  /** Failures on purpose, in tests. */
  readonly faults?: readonly Fault[];
  /** Told after a training step what each rank's phases took. Without it phases are not timed. */
  readonly onPhases?: Attempting['onPhases'];
}

const maxAttempts = 4;

export class WorkerPool {
  readonly plan: Plan;
  /** Of the states. */
  readonly layout: StateLayout;
  private readonly barrier: Barrier;
  private readonly threads: Threads;
  /** Once a rank has stalled, nothing runs any more: wherever it is, it may wake up and write. */
  private stall?: StallError;

  private constructor(
    readonly shared: SharedMemory,
    private readonly options: PoolOptions,
  ) {
    const { plan, ranks, slices, batchSize, images, stallSeconds, precision = 'float32', faults } = options;
    this.plan = plan;
    this.layout = planState(plan, slices);
    this.barrier = new Barrier(shared.barrier, ranks);
    const size = { ranks, slices, batchSize };
    const start: WorkerStart = { plan, size, memory: shared.memory, images, stallSeconds, precision, faults };
    this.threads = new Threads(ranks, start);
  }

  /** Allocates the memory and starts the threads; resolves when every one has loaded TensorFlow. */
  static async start(options: PoolOptions): Promise<WorkerPool> {
    const { plan, ranks, batchSize, images } = options;
    const needs = { ranks, batchSize, sharedBytes: sizeOfMemory(plan, options), imageBytes: images.length };
    const pool = new WorkerPool(
      allocateWithinLimits(needs, () => allocateMemory(plan, options)),
      options,
    );
    try {
      await pool.threads.allReady();
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

  /** Where the numbers of the next step's images are put. */
  get batch(): Uint32Array {
    return this.shared.batch;
  }

  /** The images that the last order left, `[count, height, width, channels]`, from -1 to 1. */
  images(count: number): Float32Array {
    return this.shared.images.subarray(0, count * sizeOfImage(this.plan.model.image));
  }

  /** D's logits of them, if the order asked for it. */
  scores(count: number): Float32Array {
    return this.shared.scores.subarray(0, count);
  }

  /**
   * Runs a training step on all ranks and, when all are done, makes `next` current: that one write is the step's end.
   * @throws WorkerError when a rank fails four times, StallError when a rank does not answer, and
   * ever after; DivergenceError
   *   when a number is not finite; the step was not done then.
   */
  async train(order: Omit<TrainOrder, 'rank'>): Promise<void> {
    this.shared.health.fill(0);
    await this.runWithRetries({ ...order, timed: this.options.onPhases !== undefined });
    assertStepFinite(this.shared, this.plan, order.step);
    Atomics.store(this.shared.control, 0, 1 - Atomics.load(this.shared.control, 0));
  }

  /** Leaves `order.images` images and, if asked, their logits. */
  async generate(order: Omit<GenerateOrder, 'rank'>): Promise<void> {
    await this.runWithRetries(order);
  }

  /** Live tensors of each thread. */
  countTensors(): Promise<number[]> {
    return this.threads.countTensors();
  }

  /**
   * Ends the threads. One that hangs in native code cannot be ended: if it still does then, the
   * process exits with SIGKILL.
   */
  async close(): Promise<void> {
    this.barrier.abort();
    await this.threads.close();
  }

  private async runWithRetries(order: SharedOrder): Promise<void> {
    const { ranks, stallSeconds, onPhases, onRetry } = this.options;
    const attempting: Attempting = { threads: this.threads, barrier: this.barrier, ranks, stallSeconds, onPhases };
    let failure: WorkerError | undefined;
    for (let count = 1; count <= maxAttempts; count++) {
      if (this.stall) throw this.stall;
      if (failure) onRetry?.(failure, count - 1);
      await this.threads.allReady().catch(error => {
        throw failure ? notReplaced(failure, error) : error;
      });
      failure = await attempt(attempting, order);
      if (!failure) return;
      // A limit is there the next time too.
      if (failure.cause instanceof LimitError) throw failure;
      if (failure instanceof StallError) this.giveUp(failure);
    }
    throw failure;
  }

  /**
   * The late rank stops at its next barrier. What it writes until then is in `next`, which never
   * becomes current any more.
   */
  private giveUp(stall: StallError): void {
    this.stall = stall;
    this.barrier.abort();
  }
}

/** What made a thread necessary must not be lost where that thread does not start. */
function notReplaced(failure: WorkerError, error: Error): WorkerError {
  const { message, rank, step, phase } = failure;
  return new WorkerError(`${message}; then ${error.message}`, rank, step, phase, { cause: error });
}
