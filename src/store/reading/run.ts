/** A run opened for reading: one committed state of it. Nothing is changed, and a writer may go on meanwhile. */
import type { Plan } from '../../model/plan.js';
import type { ImageShape } from '../../pictures/picture.js';
import { CheckpointError, StoreError } from '../../shared/errors.js';
import { ganDist } from '../../shared/program.js';
import { quoteForShell } from '../../shared/shell.js';
import { explained } from '../disk/failures.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import { findPlace, type Place } from '../disk/place.js';
import { attributesKey, checkpointPath, fileOf, generatorsGroup } from '../layout.js';
import type { Position, Sample, Tensor } from '../records.js';
import { isObject, type JsonObject } from '../zarr/zarrMetadata.js';
import { type ArrayData, readArray } from '../zarr/zarrReader.js';
import { committedSteps } from './committedSteps.js';
import { type CopiedSoFar, type CopyOptions, copyRun } from './copyRun.js';
import { readImageShape } from './imageShapes.js';
import { type ArrayInfo, listArrays } from './listArrays.js';
import { type Opened, unlessChanged } from './opened.js';
import { planOfRun } from './planOfRun.js';
import type { Problem } from './problem.js';
import { type Metrics, readMetrics, readSample, readStepsOfSamples } from './readColumns.js';
import { readCheckpoint, readGenerator } from './readTensors.js';
import { findImport, isPosition, type RunAttributes, type RunEvent, type RunMetadata } from './runAttributes.js';
import { readRunMetadata } from './runMetadata.js';
import { verifyRun } from './verify.js';
import { verifyCheckpoint } from './verifyCheckpoint.js';

/**
 * Opens the last commit of a run.
 * @throws StoreError when there is no run at `path`, or its format is newer than this program
 */
export async function openRun(path: string, fileSystem: FileSystem = nodeFileSystem): Promise<Run> {
  return explained('open the run', path, async () => {
    const { run } = await findPlace(fileSystem, path);
    return new Run({ fs: fileSystem, run }, await readRunMetadata(fileSystem, run));
  });
}

export class Run {
  #plan: Plan | undefined;
  readonly #opened: Opened;
  readonly attributes: RunAttributes;
  /** Steps of the committed checkpoints, oldest first. */
  readonly checkpoints: readonly number[];
  /** Steps of the epochs' ends whose generators are kept, oldest first. */
  readonly generators: readonly number[];

  constructor(place: Pick<Place, 'fs' | 'run'>, found: RunMetadata) {
    this.#opened = { ...place, ...found, hashes: found.attributes.chunks };
    this.attributes = found.attributes;
    this.checkpoints = committedSteps(found.metadata);
    this.generators = committedSteps(found.metadata, generatorsGroup);
  }

  /** Absolute path of the store. */
  get path(): string {
    return this.#opened.run;
  }

  /** The resolved config that the run was last written with. */
  get config(): JsonObject {
    return this.attributes.config;
  }

  /** What is trained, and all that follows from it. @throws StoreError when the run's description of it is damaged */
  get plan(): Plan {
    this.#plan ??= planOfRun(this.attributes, this.path);
    return this.#plan;
  }

  /** Images that an epoch goes through. @throws StoreError when the run does not say it */
  get imageCount(): number {
    const { count } = this.attributes.data;
    if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) return count;
    throw new StoreError(`${fileOf(this.path, attributesKey)} is damaged: its data has no count of images`, this.path);
  }

  /** The description of the engine that computed step `step`: the first one's, unless an event tells of another. */
  engineAt(step: number): JsonObject {
    const events = this.attributes.events.filter(event => isObject(event.engine) && event.step <= step);
    return (events.at(-1)?.engine as JsonObject | undefined) ?? this.attributes.engine;
  }

  /** The event that tells where the initial state came from, if not from the seed. */
  get imported(): RunEvent | undefined {
    return findImport(this.attributes.events);
  }

  /** The newest checkpoint, or null before the first. */
  get latest(): Position | null {
    const { latest } = this.attributes;
    return latest && { step: latest.step, epoch: latest.epoch, batch: latest.batch };
  }

  /** Metrics of so many steps are committed. */
  get steps(): number {
    return this.attributes.rows.metrics;
  }

  /** Why `.zmetadata` could not be used, if it could not. */
  get damage(): string | undefined {
    return this.#opened.damage;
  }

  /**
   * The step of the checkpoint that is asked for, by default of the newest.
   * @throws CheckpointError when there is no such checkpoint, or none at all
   */
  chooseCheckpoint(step = this.checkpoints.at(-1)): number {
    if (step === undefined) {
      const resume = `${ganDist} resume ${quoteForShell(this.path)}`;
      throw new CheckpointError(`${this.path} has no checkpoint yet; go on with it first: ${resume}`, this.path);
    }
    if (this.checkpoints.includes(step)) return step;
    const which = this.checkpoints.length > 0 ? `it has ${this.checkpoints.join(', ')}` : 'it has none yet';
    throw new CheckpointError(`${this.path} has no checkpoint of step ${step}; ${which}`, this.path);
  }

  /** Attributes of a checkpoint. @throws CheckpointError when there is none of that step, or they do not say where it stands */
  checkpointAttributes(step: number): JsonObject & Position {
    this.chooseCheckpoint(step);
    const key = `${checkpointPath(step)}/${attributesKey}`;
    const attributes = this.#opened.metadata.get(key);
    if (isPosition(attributes)) return attributes;
    const file = fileOf(this.path, key);
    throw new CheckpointError(`${file} is damaged: step, epoch or batch is missing or of the wrong type`, file);
  }

  /**
   * The tensors of a checkpoint by name (`generator/dense_1/kernel`), in the order of the store.
   * @param step - default: the newest
   * @param options - `verify` (default true): compare every file with the manifest first
   * @throws CheckpointError naming the file when one is missing or damaged
   */
  async readCheckpoint(step?: number, { verify = true } = {}): Promise<Map<string, Tensor>> {
    const wanted = this.chooseCheckpoint(step);
    return explained(`read checkpoint ${wanted}`, this.path, () => readCheckpoint(this.#opened, wanted, verify));
  }

  /**
   * The generator at the end of an epoch, as it was rounded to float16: tensors by name (`dense_1/kernel`).
   * @throws CheckpointError when there is none of that step, or a file is missing or damaged
   */
  async readGenerator(step: number): Promise<Map<string, Tensor>> {
    if (!this.generators.includes(step)) {
      const which = this.generators.length > 0 ? `it has those of ${this.generators.join(', ')}` : 'it has none';
      throw new CheckpointError(`${this.path} has kept no generator of step ${step}; ${which}`, this.path);
    }
    return explained(`read the generator of step ${step}`, this.path, () => readGenerator(this.#opened, step));
  }

  /** What is wrong with a checkpoint's files; nothing for a good one. */
  verifyCheckpoint(step: number): Promise<Problem[]> {
    return verifyCheckpoint(this.#opened.fs, this.path, this.#opened, step);
  }

  readMetrics(): Promise<Metrics> {
    return readMetrics(this.#opened);
  }

  /** Of one image of a sample's `fixed`. @throws StoreError when the metadata of the array is damaged */
  get imageShape(): ImageShape {
    return readImageShape(this.#opened, this.path);
  }

  /** The step of each sample. */
  readSampleSteps(): Promise<Int32Array> {
    return readStepsOfSamples(this.#opened);
  }

  /** @param index - of the sample, from 0 */
  readSample(index: number): Promise<Sample> {
    return readSample(this.#opened, index);
  }

  /** Any array, as `checkpoints/00000468/generator/conv_1/kernel`. */
  readArray(path: string): Promise<ArrayData> {
    return unlessChanged(this.#opened, path, () => readArray(this.#opened, path.replace(/^\/+|\/+$/g, '')));
  }

  /** All arrays with shape, dtype and size on disk. */
  listArrays(): Promise<ArrayInfo[]> {
    return explained('list the arrays', this.path, () => listArrays(this.#opened));
  }

  /** Everything that is wrong with the store: checkpoints, chunks of metrics and samples, metadata. */
  verify(): Promise<Problem[]> {
    return explained('verify the run', this.path, () => verifyRun(this.#opened.fs, this.path, this.#opened));
  }

  /**
   * Copies what is committed, or those arrays of it, into a new folder: a store of its own.
   * @throws StoreError naming the file that is missing or damaged, or cannot be written
   */
  copyTo(folder: string, options?: CopyOptions): Promise<CopiedSoFar> {
    return unlessChanged(this.#opened, 'what is to be copied', () => copyRun(this.#opened, folder, options));
  }
}
