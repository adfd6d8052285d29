/**
 * Writes one run, under its lock. Metrics, samples and events are collected in memory; `flush` and `commitCheckpoint`
 * commit them. What fails changes neither the last commit nor what is in memory: the next call tries again.
 */
import { join } from 'node:path';
import type { Plan } from '../../model/plan.js';
import { StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import { listIfThere, removeTree } from '../disk/files.js';
import type { Lock } from '../disk/lock.js';
import type { Place } from '../disk/place.js';
import { metricsTable } from '../layout.js';
import { planOfRun } from '../reading/planOfRun.js';
import { findImport, type RunEvent } from '../reading/runAttributes.js';
import type { Position, Sample, StepMetrics } from '../records.js';
import { encodeRow, type Row } from '../zarr/tables.js';
import type { JsonObject } from '../zarr/zarrMetadata.js';
import { type Committed, removeUncommittedFolders, stepsIn, writeCommit, writeTables } from './commit.js';
import { leavePlace } from './lockPlace.js';
import { type Retention, stepsToDelete } from './retention.js';
import { type WrittenCheckpoint, type WrittenTensor, writeCheckpoint } from './writeCheckpoint.js';

export class RunWriter {
  readonly #place: Place;
  readonly #lock: Lock;
  readonly #retention: Retention;
  #committed: Committed;
  #metrics: Row[] = [];
  #samples: Row[] = [];
  #lastSampleStep: number;
  #events: RunEvent[] = [];
  #config: JsonObject | undefined;
  /** A checkpoint that is on disk but whose commit failed: it need not be written again. */
  #written: WrittenCheckpoint | undefined;
  /** Whether the last commit outlasts a power cut. */
  #isSynced = true;
  /** Commits follow each other. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param committed - what the store holds; from `createRun` or `openRunToWrite`, which also took the lock */
  constructor(place: Place, lock: Lock, retention: Retention, committed: Committed, lastSampleStep = -1) {
    this.#place = place;
    this.#lock = lock;
    // An imported state is nowhere else.
    this.#retention = { ...retention, keepFirst: findImport(committed.attributes.events) !== undefined };
    this.#committed = committed;
    this.#lastSampleStep = lastSampleStep;
  }

  /** Absolute path of the store. */
  get path(): string {
    return this.#place.run;
  }

  /** Steps whose metrics are appended, committed or not. */
  get steps(): number {
    return this.#committed.metrics.rows + this.#metrics.length;
  }

  /** The newest committed checkpoint, or null. */
  get latest(): Position | null {
    const { latest } = this.#committed.attributes;
    return latest && { step: latest.step, epoch: latest.epoch, batch: latest.batch };
  }

  /** @throws StoreError unless it is the next step's */
  appendMetrics(metrics: StepMetrics): void {
    if (metrics.step !== this.steps)
      throw new StoreError(`metrics must follow step by step: expected step ${this.steps}, got ${metrics.step}`);
    this.#metrics.push(encodeRow(metricsTable, metrics));
  }

  /** @throws StoreError when the pictures have not the run's size, or the step is not after the last sample's */
  appendSample(sample: Sample): void {
    if (sample.step <= this.#lastSampleStep)
      throw new StoreError(`samples must follow each other: step ${sample.step} after ${this.#lastSampleStep}`);
    this.#samples.push(encodeRow(this.#committed.samplesTable, sample));
    this.#lastSampleStep = sample.step;
  }

  /** Goes into the root attribute `events` with the next commit. */
  appendEvent(event: RunEvent): void {
    this.#events.push(event);
  }

  /** Replaces the stored config, with the next commit. */
  updateConfig(config: JsonObject): void {
    this.#config = config;
  }

  /**
   * Commits what was appended, without a checkpoint.
   * @throws StoreError when the disk does not take it; everything is kept and tried again next time
   */
  flush(): Promise<void> {
    return this.#afterOthers('write metrics and samples', () => this.#commit());
  }

  /** What the run trains. */
  get plan(): Plan {
    return planOfRun(this.#committed.attributes, this.path);
  }

  /**
   * Commits what was appended and a checkpoint; then deletes what the retention rule drops.
   * A checkpoint of a step that is committed already is not written again: the same step has the same bytes.
   * @param position - its `step` steps are done and their metrics appended
   * @param tensors - row-major; taken one at a time, and not looked at any more once the next is taken
   * @throws StoreError when the disk does not take it; the previous commit stays, everything can be tried again
   */
  commitCheckpoint(position: Position, tensors: Iterable<WrittenTensor>): Promise<void> {
    const done = this.steps;
    return this.#afterOthers(`write checkpoint ${position.step}`, async () => {
      const latest = this.latest?.step ?? -1;
      if (position.step < latest || position.step > done)
        throw new StoreError(
          `checkpoint ${position.step} does not fit: ${done} steps are done, the newest is ${latest}`,
        );
      await this.#commit(position.step === latest ? undefined : { position, tensors });
    });
  }

  /** Waits for running commits and gives up the lock; what was appended since the last commit is dropped. */
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await explained('release the lock', this.#lock.path, () => leavePlace(this.#place, this.#lock));
  }

  #afterOthers(doing: string, work: () => Promise<void>): Promise<void> {
    const result = this.#last.catch(() => {}).then(() => explained(doing, this.#place.run, work));
    this.#last = result;
    result.catch(() => {});
    return result;
  }

  async #commit(checkpoint?: { position: Position; tensors: Iterable<WrittenTensor> }): Promise<void> {
    // Rows that arrive while this commit runs belong to the next.
    const [metrics, samples, events, config] = [
      [...this.#metrics],
      [...this.#samples],
      [...this.#events],
      this.#config,
    ];
    const before = this.#committed;
    await this.#lock.assertOurs();
    if (!this.#isSynced) await this.#place.fs.syncFolder(this.#place.run);
    this.#isSynced = true;
    if (!checkpoint && !config && metrics.length + samples.length + events.length === 0) return;
    const changes = await writeTables(this.#place, before, metrics, samples);
    const written = checkpoint && (await this.#write(checkpoint.position, checkpoint.tensors));
    const drop = written ? stepsToDelete([...stepsIn(before), written.position.step], this.#retention) : [];
    const attributes = { config: config ?? before.attributes.config, events: [...before.attributes.events, ...events] };
    // What came before may have taken long.
    await this.#lock.assertOurs();
    const { committed, unsynced } = await writeCommit(this.#place, before, {
      changes,
      attributes,
      checkpoint: written,
      drop,
    });
    this.#committed = committed;
    this.#metrics.splice(0, metrics.length);
    this.#samples.splice(0, samples.length);
    this.#events.splice(0, events.length);
    if (this.#config === config) this.#config = undefined;
    if (written) this.#written = undefined;
    if (unsynced !== undefined) {
      this.#isSynced = false;
      throw unsynced;
    }
    if (written) await this.#tidy();
  }

  async #write(position: Position, tensors: Iterable<WrittenTensor>): Promise<WrittenCheckpoint> {
    if (this.#written?.position.step === position.step) return this.#written;
    const { fs, run, temporary } = this.#place;
    const config = this.#config ?? this.#committed.attributes.config;
    const keepGenerator = Boolean(this.#retention.keepGenerators) && position.step > 0 && position.batch === 0;
    this.#written = await writeCheckpoint(fs, run, temporary, position, config, tensors, keepGenerator);
    return this.#written;
  }

  /**
   * Removes what is committed no longer, or never was, and temporary files. A failure only delays
   * it to the next time.
   */
  async #tidy(): Promise<void> {
    const { fs, temporary } = this.#place;
    try {
      await removeUncommittedFolders(this.#place, this.#committed.metadata);
      for (const name of await listIfThere(fs, temporary)) await removeTree(fs, join(temporary, name));
    } catch {
      // The commit stands.
    }
  }
}
