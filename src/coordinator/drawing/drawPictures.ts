/** The two pictures of a sampled step: the grid of its fakes, and the fixed noise through the same generator. */
import type { Config } from '../../config/config.js';
import { takeHistograms } from '../../model/histograms.js';
import { streams } from '../../model/philox.js';
import { planState } from '../../model/stateLayout.js';
import { imagesPerGeneration } from '../../model/tensors.js';
import { type ImageShape, sizeOfImage } from '../../pictures/picture.js';
import { arrangeGrid, toPixels } from '../../pictures/pixels.js';
import type { Sample } from '../../store/records.js';
import type { WorkerPool } from '../pool/workerPool.js';

/** The images that the last order left, `[count, height, width, channels]`. */
export function takeImages(pool: WorkerPool, shape: ImageShape, count: number): Uint8Array {
  return toPixels(pool.shared.images.subarray(0, count * sizeOfImage(shape)));
}

/** The fixed noise through the generator as it is now, `[64, height, width, channels]`. */
export async function drawFixed(
  pool: WorkerPool,
  shape: ImageShape,
  { seed }: Config['training'],
  step: number,
): Promise<Uint8Array> {
  const images = imagesPerGeneration;
  await pool.generate({
    kind: 'generate',
    step,
    seed,
    stream: streams.sampleGrid,
    index: 0,
    first: 0,
    images,
    score: false,
  });
  return takeImages(pool, shape, images);
}

/** What step `step` would show if it were trained: the end of a run has no such step. */
export async function drawLast(
  pool: WorkerPool,
  shape: ImageShape,
  { training, parallel }: Pick<Config, 'training' | 'parallel'>,
  step: number,
): Promise<Sample> {
  const { seed, batchSize, discriminatorSteps } = training;
  const fixed = await drawFixed(pool, shape, training, step);
  const stream = streams.discriminatorNoise + 32 * (discriminatorSteps - 1);
  await pool.generate({ kind: 'generate', step, seed, stream, index: step, first: 0, images: batchSize, score: false });
  return {
    step,
    grid: arrangeGrid(takeImages(pool, shape, batchSize), shape),
    fixed,
    imageShape: shape,
    histograms: takeHistograms(pool.current, planState(parallel.slices)),
  };
}
