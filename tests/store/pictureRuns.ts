/** Small runs as `testRuns` makes them, of images of any shape. */
import { planModel } from '../../src/model/plan.js';
import { type ImageShape, sizeOfImage } from '../../src/pictures/picture.js';
import { gridPixels } from '../../src/store/layout.js';
import type { Sample } from '../../src/store/records.js';
import { createRun } from '../../src/store/writing/createRun.js';
import { perceptronOf } from '../model/otherModels.js';
import { description, metricsOf, positionOf, stateOf } from './testRuns.js';

export const colour = { height: 2, width: 3, channels: 3 } as const;
/** Grey, and not square. */
export const wide = { height: 2, width: 3, channels: 1 } as const;

export function pictureSampleOf(step: number, imageShape: ImageShape): Sample {
  const tensors = planModel(perceptronOf(imageShape)).tensors.length;
  const grid = gridPixels(description.batchSize, imageShape);
  const count = (factor: number) => (_: number, i: number) => (step + 1) * (factor + i);
  return {
    step,
    grid: { ...grid, pixels: new Uint8Array(sizeOfImage(grid)).map(count(7)) },
    fixed: new Uint8Array(64 * sizeOfImage(imageShape)).map(count(11)),
    imageShape,
    histograms: { counts: new Int32Array(tensors * 64), range: new Float32Array(tensors * 2) },
  };
}

/** A sample at each of so many steps, and a checkpoint after them. */
export async function makePictureRun(path: string, imageShape: ImageShape, steps: number): Promise<void> {
  const writer = await createRun(path, { ...description, model: perceptronOf(imageShape) }, { keep: 0 });
  for (let step = 0; step < steps; step++) {
    writer.appendMetrics(metricsOf(step));
    writer.appendSample(pictureSampleOf(step, imageShape));
  }
  await writer.commitCheckpoint(positionOf(steps), stateOf(steps));
  await writer.close();
}
