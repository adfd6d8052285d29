/** A run opened for reading: one committed state of it. Nothing is changed, and a writer may go on meanwhile. */
import { sep } from 'node:path';
import type { ImageShape } from '../../pictures/picture.js';
import { CheckpointError, StoreError } from '../../shared/errors.js';
import { quoteForShell } from '../../shared/shell.js';
import { explained } from '../disk/failures.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import { entryIfThere, listIfThere } from '../disk/files.js';
import {
  arrayKey,
  attributesKey,
  type ColumnSpec,
  checkpointPath,
  type Dtype,
  fileOf,
  generatorPath,
  generatorsGroup,
  metricsTable,
  type TableSpec,
} from '../layout.js';
import type { Position, Sample } from '../records.js';
import { type Problem, type Tensor, verifyCheckpoint, verifyGenerator } from '../writing/checkpoints.js';
import { findPlace } from '../writing/createRun.js';
import type { TypedArray } from '../zarr/chunks.js';
import { columnPath } from '../zarr/tables.js';
import { arrayPaths, isObject, type JsonObject } from '../zarr/zarrMetadata.js';
import { type ArrayData, findArray, readArray, readRow, type Source } from '../zarr/zarrReader.js';
import { copyRun } from './copyRun.js';
import { samplesTableOf } from './cutTable.js';
import { readImageShape, readImageShapes } from './imageShapes.js';
import {
  committedSteps,
  findImport,
  type RunAttributes,
  type RunEvent,
  type RunMetadata,
  readRunMetadata,
} from './runMetadata.js';
import { verifyRun } from './verify.js';

/** All metrics, one element a step; the names of StepMetrics. */
export interface Metrics {
  step: Int32Array;
  dLoss: Float32Array;
  gLoss: Float32Array;
  dReal: Float32Array;
  dFake: Float32Array;
  fakeSpread: Float32Array;
  saturation: Uint8Array;
  fingerprint: BigUint64Array;
  stepMs: Float32Array;
}

/** An array, for listings. */
export interface ArrayInfo {
  path: string;
  shape: readonly number[];
  dtype: Dtype;
  /** Of its chunks, on disk. */
  bytes: number;
}

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
  readonly #source: Source;
  readonly #found: RunMetadata;
  readonly attributes: RunAttributes;
  /** Steps of the committed checkpoints, oldest first. */
  readonly checkpoints: readonly number[];
  /** Steps of the epochs' ends whose generators are kept, oldest first. */
  readonly generators: readonly number[];

  constructor(place: Pick<Source, 'fs' | 'run'>, found: RunMetadata) {
    this.#source = { ...place, metadata: found.metadata, hashes: found.attributes.chunks };
    this.#found = found;
    this.attributes = found.attributes;
    this.checkpoints = committedSteps(found.metadata);
    this.generators = committedSteps(found.metadata, generatorsGroup);
  }

  /** Absolute path of the store. */
  get path(): string {
    return this.#source.run;
  }

  /** The resolved config that the run was last written with. */
  get config(): JsonObject {
    return this.attributes.config;
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
    return this.#found.damage;
  }

  /**
   * The step of the checkpoint that is asked for, by default of the newest.
   * @throws CheckpointError when there is no such checkpoint, or none at all
   */
  chooseCheckpoint(step = this.checkpoints.at(-1)): number {
    if (step === undefined) {
      const resume = `npx gan-dist resume ${quoteForShell(this.path)}`;
      throw new CheckpointError(`${this.path} has no checkpoint yet; go on with it first: ${resume}`, this.path);
    }
    if (this.checkpoints.includes(step)) return step;
    const which = this.checkpoints.length > 0 ? `it has ${this.checkpoints.join(', ')}` : 'it has none yet';
    throw new CheckpointError(`${this.path} has no checkpoint of step ${step}; ${which}`, this.path);
  }

  /** Attributes of a checkpoint. @throws CheckpointError when there is none of that step */
  checkpointAttributes(step: number): JsonObject & Position {
    this.chooseCheckpoint(step);
    return this.#source.metadata.get(`${checkpointPath(step)}/${attributesKey}`) as JsonObject & Position;
  }

  /**
   * The tensors of a checkpoint by name (`generator/dense_1/kernel`), in the order of the store.
   * @param step - default: the newest
   * @param options - `verify` (default true): compare every file with the manifest first
   * @throws CheckpointError naming the file when one is missing or damaged
   */
  async readCheckpoint(step?: number, { verify = true } = {}): Promise<Map<string, Tensor>> {
    const wanted = this.chooseCheckpoint(step);
    return explained(`read checkpoint ${wanted}`, this.path, async () => {
      const [problem] = verify ? await this.verifyCheckpoint(wanted) : [];
      if (problem) throw await this.#checkpointError(wanted, problem.message, problem.path);
      return this.#readTensors(wanted, checkpointPath(wanted));
    });
  }

  async #readTensors(step: number, group: string): Promise<Map<string, Tensor>> {
    const tensors = new Map<string, Tensor>();
    const prefix = `${group}/`;
    for (const path of arrayPaths(this.#source.metadata).filter(path => path.startsWith(prefix))) {
      const name = path.slice(prefix.length);
      const { shape, data } = await this.#readTensor(step, path);
      tensors.set(name, { name, shape, data });
    }
    return tensors;
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
    return explained(`read the generator of step ${step}`, this.path, async () => {
      const { fs, run, metadata } = this.#source;
      const [problem] = await verifyGenerator(fs, run, metadata, step);
      if (problem) throw new CheckpointError(problem.message, problem.path);
      return this.#readTensors(step, generatorPath(step));
    });
  }

  /** What is wrong with a checkpoint's files; nothing for a good one. */
  verifyCheckpoint(step: number): Promise<Problem[]> {
    const { fs, run, metadata } = this.#source;
    const { latest } = this.attributes;
    return verifyCheckpoint(fs, run, metadata, step, latest?.step === step ? latest.manifest : undefined);
  }

  async readMetrics(): Promise<Metrics> {
    // One after the other: of several damaged columns it is always the first that is named.
    const columns: TypedArray[] = [];
    for (const column of metricsTable.columns) columns.push(await this.#readColumn(metricsTable, column));
    const named = metricsTable.columns.map(({ name }, place) => [camelCase(name), columns[place]]);
    return Object.fromEntries(named) as unknown as Metrics;
  }

  /** Of one image of a sample's `fixed`. @throws StoreError when the metadata of the array is damaged */
  get imageShape(): ImageShape {
    return readImageShape(this.#found, this.path);
  }

  /** The step of each sample. */
  async readSampleSteps(): Promise<Int32Array> {
    const table = samplesTableOf(this.#found, this.path);
    return (await this.#readColumn(table, table.columns[0]!)) as Int32Array;
  }

  /** @param index - of the sample, from 0 */
  async readSample(index: number): Promise<Sample> {
    return this.#read(`sample ${index}`, async () => {
      const step = (await this.readSampleSteps())[index];
      if (step === undefined) throw new StoreError(`${this.path} has no sample ${index}`, this.path);
      const table = samplesTableOf(this.#found, this.path);
      for (const column of table.columns) this.#assertColumn(table, column);
      const grid = await readRow(this.#source, 'samples/grid', index);
      const fixed = await readRow(this.#source, 'samples/fixed', index);
      const shapes = readImageShapes(this.#found, this.path);
      const pictures = {
        grid: { ...shapes.grid, pixels: grid.data as Uint8Array },
        fixed: fixed.data as Uint8Array,
        imageShape: shapes.image,
      };
      if (!table.columns.some(({ name }) => name === 'histogram')) return { step, ...pictures };
      const counts = await readRow(this.#source, 'samples/histogram', index);
      const range = await readRow(this.#source, 'samples/histogram_range', index);
      const histograms = { counts: counts.data as Int32Array, range: range.data as Float32Array };
      return { step, ...pictures, histograms };
    });
  }

  /** Any array, as `checkpoints/00000468/generator/conv_1/kernel`. */
  readArray(path: string): Promise<ArrayData> {
    return this.#read(path, () => readArray(this.#source, path.replace(/^\/+|\/+$/g, '')));
  }

  /** All arrays with shape, dtype and size on disk. */
  async listArrays(): Promise<ArrayInfo[]> {
    return explained('list the arrays', this.path, () =>
      Promise.all(arrayPaths(this.#source.metadata).map(path => this.#info(path))),
    );
  }

  /** Everything that is wrong with the store: checkpoints, chunks of metrics and samples, metadata. */
  verify(): Promise<Problem[]> {
    return explained('verify the run', this.path, () => verifyRun(this.#source.fs, this.#source.run, this.#found));
  }

  /**
   * Copies what is committed, or those arrays of it, into a new folder: a store for readers.
   * @throws StoreError naming the file that is missing or damaged
   */
  copyTo(folder: string, isWanted: (path: string) => boolean): Promise<void> {
    return this.#read('what is to be copied', () => copyRun(this.#source, folder, isWanted));
  }

  async #readColumn<R>(table: TableSpec<R>, column: ColumnSpec<R>): Promise<TypedArray> {
    this.#assertColumn(table, column);
    return (await this.readArray(columnPath(table, column))).data;
  }

  /** @throws StoreError when a column is not what this format makes of it: its numbers would not be what they are taken for */
  #assertColumn<R>(table: TableSpec<R>, column: ColumnSpec<R>): void {
    const path = columnPath(table, column);
    const { shape, dtype } = findArray(this.#source, path);
    const expected = [this.attributes.rows[table.group], ...column.itemShape];
    if (dtype === column.dtype && String(shape) === String(expected)) return;
    const message = `is damaged: expected [${expected}] of ${column.dtype}, found [${shape}] of ${dtype}`;
    throw new StoreError(`${fileOf(this.path, `${path}/${arrayKey}`)} ${message}`, path);
  }

  /** A run that was resumed since it was opened here has been cut back, and computed again what this commit names. */
  async #read<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await explained(`read ${what}`, this.path, work);
    } catch (error) {
      if (!(error instanceof StoreError) || !error.path?.startsWith(this.path + sep)) throw error;
      const now = await readRunMetadata(this.#source.fs, this.path).catch(() => undefined);
      const key = error.path
        .slice(this.path.length + 1)
        .split(sep)
        .join('/');
      const [before, after] = [this.attributes.chunks[key], now?.attributes.chunks[key]];
      if (!now || now.attributes.commit === this.attributes.commit || (before && before === after)) throw error;
      const why = 'the run was changed while it was read; open it again';
      throw new StoreError(`${what} of ${this.path} cannot be read: ${why}`, error.path, { cause: error });
    }
  }

  async #info(path: string): Promise<ArrayInfo> {
    const { fs, run } = this.#source;
    const { shape, dtype } = findArray(this.#source, path);
    let bytes = 0;
    for (const name of await listIfThere(fs, fileOf(run, path)))
      if (!name.startsWith('.')) bytes += (await entryIfThere(fs, fileOf(run, `${path}/${name}`)))?.bytes ?? 0;
    return { path, shape, dtype, bytes };
  }

  async #readTensor(step: number, path: string): Promise<{ shape: readonly number[]; data: Float32Array }> {
    try {
      const { shape, data } = await readArray(this.#source, path);
      return { shape, data: data as Float32Array };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw await this.#checkpointError(step, error.message, error.path ?? path);
    }
  }

  /** A writer may have deleted the checkpoint since the run was opened. */
  async #checkpointError(step: number, message: string, path: string): Promise<CheckpointError> {
    const now = await readRunMetadata(this.#source.fs, this.path).catch(() => undefined);
    const gone = now && !committedSteps(now.metadata).includes(step);
    const why = gone ? 'it was deleted while it was read; open the run again' : message;
    return new CheckpointError(`checkpoint ${step} of ${this.path} cannot be read: ${why}`, path);
  }
}

/** `d_loss` → `dLoss`. */
const camelCase = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
