/** The coordinator's side of the store's thread: a RunWriter whose work is done elsewhere. */
import { Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { StoreThreadError } from '../../shared/errors.js';
import { nodeEndpoint } from '../../shared/nodeEndpoint.js';
import { nodeFileSystem } from '../disk/fileSystem.js';
import { type LockOptions, releaseLockOfDeadThread } from '../disk/lock.js';
import { lockPath } from '../disk/place.js';
import type { RunEvent } from '../reading/runAttributes.js';
import type { Position, Sample, StepMetrics } from '../records.js';
import type { RunDescription } from './createRun.js';
import type { Recovery } from './recovery.js';
import type { Retention } from './retention.js';
import './throwTaggedErrors.js';
import type { JsonObject } from '../zarr/zarrMetadata.js';
import type { WriterThread, WriterThreadData } from './writerThread.js';

export interface StoreThreadOptions extends Retention, WriterThreadData {}

/** `createRun` in a thread of its own. */
export async function createRunInThread(
  path: string,
  description: RunDescription,
  options: StoreThreadOptions & { overwrite?: boolean },
): Promise<StoreThread> {
  const thread = new StoreThread(options);
  return thread.start(async remote => {
    const { keep, keepEvery, keepGenerators, overwrite } = options;
    thread.path = await remote.create(path, description, { keep, keepEvery, keepGenerators, overwrite });
    return thread;
  });
}

/** `openRunToWrite` in a thread of its own. */
export async function openRunInThread(
  path: string,
  options: StoreThreadOptions & LockOptions,
): Promise<{ writer: StoreThread; recovery: Recovery }> {
  const thread = new StoreThread(options);
  return thread.start(async remote => {
    const { keep, keepEvery, keepGenerators, takeOver } = options;
    const { path: place, recovery } = await remote.open(path, { keep, keepEvery, keepGenerators, takeOver });
    thread.path = place;
    return { writer: thread, recovery };
  });
}

export class StoreThread {
  /** Absolute path of the store. */
  path = '';
  readonly #worker: Worker;
  readonly #remote: Comlink.Remote<WriterThread>;
  /** Rejects when the thread ends, for whatever reason: no call waits for an answer that cannot come. */
  readonly #ended: Promise<never>;
  /** An append failed; the next commit says so. */
  #failure: unknown;
  #closing = false;
  #isDead = false;

  constructor({ fileSystemModule }: WriterThreadData) {
    const workerData: WriterThreadData = { fileSystemModule };
    this.#worker = new Worker(new URL('./writerThread.js', import.meta.url), { workerData, name: 'store' });
    this.#ended = new Promise((_, reject) => {
      const end = (why: string, cause?: Error) => {
        this.#isDead = true;
        reject(
          new StoreThreadError(`the store thread ended: ${why}; what it had not committed is lost`, this.path, {
            cause,
          }),
        );
      };
      this.#worker.once('error', error => end(error.message, error));
      this.#worker.once('exit', code => end(this.#closing ? 'the run is closed' : `exit code ${code}`));
    });
    this.#ended.catch(() => {});
    this.#remote = Comlink.wrap<WriterThread>(nodeEndpoint(this.#worker));
  }

  /** The thread has ended: no call can succeed any more. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Runs the opening call; if it fails, the thread is ended. */
  async start<T>(work: (remote: Comlink.Remote<WriterThread>) => Promise<T>): Promise<T> {
    try {
      return await this.#unlessEnded(work(this.#remote));
    } catch (error) {
      this.#closing = true;
      await this.#worker.terminate();
      throw error;
    }
  }

  /** As RunWriter.appendMetrics; an error comes with the next commit. */
  appendMetrics(metrics: StepMetrics): void {
    this.#post(this.#remote.appendMetrics(metrics));
  }

  appendSample(sample: Sample): void {
    this.#post(this.#remote.appendSample(sample));
  }

  appendEvent(event: RunEvent): void {
    this.#post(this.#remote.appendEvent(event));
  }

  updateConfig(config: JsonObject): void {
    this.#post(this.#remote.updateConfig(config));
  }

  /** As RunWriter.flush. */
  flush(): Promise<void> {
    return this.#call(() => this.#remote.flush());
  }

  /**
   * As RunWriter.commitCheckpoint.
   * @param snapshot - the state as stateLayout.ts lays it out; it must not change until the promise is settled
   * @throws StoreError when the disk does not take it (it may be tried again), or the thread is dead (it may not)
   */
  commitCheckpoint(position: Position, snapshot: SharedArrayBuffer, slices: number): Promise<void> {
    return this.#call(() => this.#remote.commitCheckpoint(position, snapshot, slices));
  }

  /**
   * Waits for running commits, gives up the lock, ends the thread. Does nothing the second time.
   * @throws StoreError when the thread had died; its lock is given up all the same
   */
  async close(): Promise<void> {
    if (this.#closing) return;
    try {
      await this.#call(() => this.#remote.close());
    } catch (error) {
      // Only the run's own thread can have had its lock in this process, and it does not run any more.
      await this.#worker.terminate();
      await releaseLockOfDeadThread(nodeFileSystem, lockPath(this.path)).catch(() => {});
      throw error;
    } finally {
      this.#closing = true;
      await this.#worker.terminate();
    }
  }

  /** Messages arrive in order, so a commit holds everything that was appended before it. */
  #post(answer: Promise<unknown>): void {
    this.#unlessEnded(answer).catch(error => {
      this.#failure ??= error;
    });
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    const result = await this.#unlessEnded(work());
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure;
    }
    return result;
  }

  #unlessEnded<T>(answer: Promise<T>): Promise<T> {
    return Promise.race([answer, this.#ended]);
  }
}
