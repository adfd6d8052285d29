/** The two pictures of a sampled step: the grid of its fakes, and the fixed noise through the same generator. */
import type { Config } from '../../config/config.js';
import { takeHistograms } from '../../model/histograms.js';
import { imagesPerGeneration } from '../../model/imagesPerGeneration.js';
import { noiseOfTurn, streams } from '../../model/philox.js';
import { arrangeGrid, toPixels } from '../../pictures/pixels.js';
import type { Sample } from '../../store/records.js';
import type { WorkerPool } from '../pool/workerPool.js';

/** The images that the last order left, `[count, height, width, channels]`. */
export const takeImages = (pool: WorkerPool, count: number): Uint8Array => toPixels(pool.images(count));

/** The fixed noise through the generator as it is now, `[64, height, width, channels]`. */
export async function drawFixed(pool: WorkerPool, { seed }: Config['training'], step: number): Promise<Uint8Array> {
  const images = imagesPerGeneration;
  const stream = streams.sampleGrid;
  await pool.generate({ kind: 'generate', step, seed, stream, index: 0, first: 0, images, score: false });
  return takeImages(pool, images);
}

/** The fakes that the last order left, as one picture, with what was drawn and counted of the same state. */
export function arrangeSample(
  pool: WorkerPool,
  { batchSize }: Config['training'],
  drawn: Pick<Sample, 'step' | 'fixed' | 'histograms'>,
): Sample {
  const imageShape = pool.plan.model.image;
  return { ...drawn, imageShape, grid: arrangeGrid(takeImages(pool, batchSize), imageShape) };
}

/** What step `step` would show if it were trained: the end of a run has no such step. */
export async function drawLast(pool: WorkerPool, training: Config['training'], step: number): Promise<Sample> {
  const { seed, batchSize, discriminatorSteps } = training;
  const fixed = await drawFixed(pool, training, step);
  const stream = noiseOfTurn(discriminatorSteps - 1);
  await pool.generate({ kind: 'generate', step, seed, stream, index: step, first: 0, images: batchSize, score: false });
  const histograms = takeHistograms(pool.current, pool.layout, pool.plan.tensors);
  return arrangeSample(pool, training, { step, fixed, histograms });
}
