/**
 * New images from a run's generator. Noise i is the same for every count and number of workers, and so is image i:
 * the generator always works on whole chunks of noises, whoever needs them.
 *
 *     gan-dist generate runs/mnist.zarr --nice
 */
import { type Config, checkStoredConfig, describeValue } from '../../config/config.js';
import { integer, workersKind } from '../../config/valueKinds.js';
import { imagesPerGeneration } from '../../model/imagesPerGeneration.js';
import { streams } from '../../model/philox.js';
import type { Plan } from '../../model/plan.js';
import { type ImageShape, sizeOfImage } from '../../pictures/picture.js';
import { CheckpointError, UsageError } from '../../shared/errors.js';
import { openRun, type Run } from '../../store/index.js';
import { countWorkers } from '../pool/countWorkers.js';
import { loadCheckpoint } from '../pool/startPool.js';
import { WorkerPool } from '../pool/workerPool.js';
import { Best, First } from './chosen.js';
import { takeImages } from './drawPictures.js';

export interface GenerateOptions {
  /** Path of the run's store. */
  readonly run: string;
  /** How many images, 1 to 10000; default 128. */
  readonly count?: number;
  /** Make 20 times as many, and return those that the discriminator takes most for real, the best first. */
  readonly nice?: boolean;
  /** Of the noise; default 0. */
  readonly seed?: number;
  /** Of the checkpoint; default the newest. */
  readonly step?: number;
  /** Worker threads; default `auto`. */
  readonly workers?: number | 'auto';
  /** Told after every chunk: images made, and to be made. */
  readonly onProgress?: (made: number, total: number) => void;
  /** What a person should know, such as a number of workers that was clamped. */
  readonly onNotice?: (message: string) => void;
}

/** Images, and the shape of one. */
export interface Generated extends ImageShape {
  /** `[count, height, width, channels]` */
  readonly images: Uint8Array;
  /** With `nice`: the discriminator's logit of each image; `D = 1 / (1 + exp(-logit))`. */
  readonly scores?: Float32Array;
  /** Of the checkpoint. */
  readonly step: number;
}

/** The limit keeps the grid's PNG, and what the best are chosen from, at a size that a machine holds easily. */
export const generateRanges = {
  count: integer(1, 10_000),
  seed: integer(0, Number.MAX_SAFE_INTEGER),
  step: integer(0, 100_000_000),
  workers: workersKind,
};

const candidatesPerNiceImage = 20;

/**
 * Runs a checkpoint's generator in inference mode on noise of stream 4.
 * @throws UsageError for an option out of range, StoreError when there is no run, CheckpointError when there is no such
 * checkpoint or it is damaged, EngineError, WorkerError
 */
export async function generateImages(options: GenerateOptions): Promise<Generated> {
  const count = checkOption('count', options.count ?? 128);
  const seed = checkOption('seed', options.seed ?? 0);
  const workers = checkOption('workers', options.workers ?? 'auto');
  const run = await openRun(options.run);
  const step = run.chooseCheckpoint(options.step === undefined ? undefined : checkOption('step', options.step));
  const config = checkStoredConfig(run.config, run.path);
  const { plan } = run;
  const { image } = plan.model;
  const pool = await startDrawingPool(config, plan, workers, options);
  try {
    await loadChosen(pool, run, step);
    const chosen = new (options.nice ? Best : First)(count, sizeOfImage(image));
    const total = options.nice ? candidatesPerNiceImage * count : count;
    for (let first = 0; first < total; first += imagesPerGeneration) {
      const score = options.nice ?? false;
      const images = imagesPerGeneration;
      await pool.generate({ kind: 'generate', step, seed, stream: streams.generate, index: 0, first, images, score });
      assertImagesFinite(pool, run, step, score);
      const wanted = Math.min(images, total - first);
      chosen.add(takeImages(pool, wanted), pool.scores(wanted));
      options.onProgress?.(first + wanted, total);
    }
    return { ...chosen.take(), ...image, step };
  } finally {
    await pool.close();
  }
}

type ValueOf<Name extends keyof typeof generateRanges> = NonNullable<
  ReturnType<(typeof generateRanges)[Name]['accept']>
>;

/**
 * An option's value, if it is in its range.
 * @param shown - its name in the message, such as `--count`
 * @throws UsageError saying what was expected and found
 */
export function checkOption<Name extends keyof typeof generateRanges>(
  name: Name,
  value: unknown,
  shown: string = name,
): ValueOf<Name> {
  const { accept, range } = generateRanges[name];
  const accepted = accept(value);
  if (accepted === undefined) throw new UsageError(`${shown} expects ${range}, found ${describeValue(value)}`);
  return accepted as ValueOf<Name>;
}

async function startDrawingPool(
  config: Config,
  plan: Plan,
  workers: number | 'auto',
  { onNotice }: GenerateOptions,
): Promise<WorkerPool> {
  const { slices, stallSeconds } = config.parallel;
  const counted = countWorkers({ parallel: { ...config.parallel, workers } });
  if (counted.notice) onNotice?.(counted.notice);
  return WorkerPool.start({
    plan,
    ranks: counted.workers,
    slices,
    stallSeconds,
    batchSize: imagesPerGeneration,
    images: new Uint8Array(new SharedArrayBuffer(0)),
    onRetry: error => onNotice?.(`${error.message}; it is tried again`),
  });
}

async function loadChosen(pool: WorkerPool, run: Run, step: number): Promise<void> {
  try {
    await loadCheckpoint(pool, run, step);
  } catch (error) {
    const others = run.checkpoints.filter(other => other !== step);
    if (!(error instanceof CheckpointError) || others.length === 0) throw error;
    const advice = `take another one with --step: ${others.join(', ')}`;
    throw new CheckpointError(`${error.message}; ${advice}`, error.path, { cause: error });
  }
}

function assertImagesFinite(pool: WorkerPool, run: Run, step: number, score: boolean): void {
  const values = pool.images(imagesPerGeneration);
  const logits = pool.scores(score ? imagesPerGeneration : 0);
  if (values.every(Number.isFinite) && logits.every(Number.isFinite)) return;
  throw new CheckpointError(
    `checkpoint ${step} of ${run.path} gives numbers that are not finite: its training has diverged; take an earlier --step`,
    run.path,
  );
}
