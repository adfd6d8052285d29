/**
 * Puts the run on disk while training goes on. A checkpoint is a copy of the state (10–20 ms), which the store's thread
 * hashes and writes. If it is still writing when the next one is due, training waits: which checkpoints exist must not
 * depend on timing. When the disk refuses, the run goes on from memory and tries again at the next cadence;
 * without the store's thread nothing can be tried again, and the run ends.
 */

import { LockError } from '../shared/errors.js';
import type { StoreThread } from '../store/index.js';
import type { Position } from '../store/records.js';
import type { WorkerPool } from './pool/workerPool.js';

const failuresAllowed = 3;
/** Metrics and samples reach the disk at least so often, so that a page can follow the run. */
const flushSeconds = 5;

export class Checkpointer {
  private readonly snapshot: SharedArrayBuffer;
  private writing: Promise<void> = Promise.resolve();
  private isWriting = false;
  private failures = 0;
  private lastFlush = performance.now();
  private begun = 0;
  private fatal: unknown;
  private longest: number;

  constructor(
    private readonly store: StoreThread,
    private readonly pool: WorkerPool,
    private readonly slices: number,
    private readonly warn: (message: string) => void,
    /** What a commit is taken to cost before one has been seen. */
    expectedMs = 0,
  ) {
    this.longest = expectedMs;
    this.snapshot = new SharedArrayBuffer(pool.current.byteLength);
  }

  /** How long the slowest commit took, or is taken to take, ms; one that is under way counts too. */
  get longestMs(): number {
    return Math.max(this.longest, this.isWriting ? performance.now() - this.begun : 0);
  }

  /** @param isDue - whether a checkpoint follows this step; else metrics and samples are committed now and then */
  async afterStep(isDue: boolean, position: Position): Promise<void> {
    if (isDue) await this.commit(position);
    else this.flushIfDue();
  }

  /**
   * Copies the state and starts to commit it; waits only for the commit before.
   * @throws StoreError when the third commit in a row has failed, or the store's thread has ended
   */
  async commit(position: Position): Promise<void> {
    await this.settled();
    new Float32Array(this.snapshot).set(this.pool.current);
    const commit = this.store.commitCheckpoint(position, this.snapshot, this.slices);
    this.write(
      commit.then(
        () => this.noteSuccess(),
        error => this.noteFailure(error),
      ),
    );
  }

  /**
   * Commits metrics and samples if that is due and nothing is being written. Never waits, and does not mind a disk that
   * refuses: they are kept, and the next checkpoint takes them along.
   * @throws StoreError when the third checkpoint in a row has failed, or the store's thread has ended
   */
  flushIfDue(): void {
    if (this.fatal !== undefined) throw this.fatal;
    if (this.isWriting || performance.now() - this.lastFlush < flushSeconds * 1000) return;
    this.write(
      this.store.flush().catch(error => {
        if (this.store.isDead || error instanceof LockError) this.fatal = error;
      }),
    );
  }

  /** The last checkpoint of a run: waits until it is on disk, and a failure is the run's. */
  async commitLast(position: Position): Promise<void> {
    await this.settled();
    new Float32Array(this.snapshot).set(this.pool.current);
    await this.store.commitCheckpoint(position, this.snapshot, this.slices);
  }

  /** Waits for the running commit. @throws StoreError when it was the third in a row to fail */
  async settled(): Promise<void> {
    await this.writing;
    if (this.fatal !== undefined) throw this.fatal;
  }

  private write(commit: Promise<void>): void {
    this.isWriting = true;
    this.begun = performance.now();
    this.writing = commit.finally(() => {
      this.isWriting = false;
      this.lastFlush = performance.now();
      this.longest = Math.max(this.longest, this.lastFlush - this.begun);
    });
  }

  private noteSuccess(): void {
    this.failures = 0;
  }

  private noteFailure(error: Error): void {
    this.failures++;
    // A run that another process has taken over is not ours to try again.
    if (error instanceof LockError || this.store.isDead || this.failures >= failuresAllowed) this.fatal = error;
    else this.warn(`${error.message}; the run goes on and tries again at the next checkpoint`);
  }
}
