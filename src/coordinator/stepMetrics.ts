/** What a step leaves behind in the shared memory, as metrics. */

import { outcomeSlots, type SharedMemory } from '../memory/sharedMemory.js';
import { pixelsPerImage } from '../model/tensors.js';
import type { StepMetrics } from '../store/records.js';

/** All of a step's metrics but its saturation, which depends on the steps before it too. */
export type ComputedStep = Omit<StepMetrics, 'saturation'>;

/** Reads them when the step has ended. @param stepMs - its wall time */
export function readMetrics(shared: SharedMemory, step: number, stepMs: number): ComputedStep {
  const value = (name: keyof typeof outcomeSlots) => shared.outcome[outcomeSlots[name]]!;
  return {
    step,
    dLoss: value('dLoss'),
    gLoss: value('gLoss'),
    dReal: value('dReal'),
    dFake: value('dFake'),
    fakeSpread: spreadOf(shared.images.subarray(0, shared.batch.length * pixelsPerImage)),
    fingerprint: BigInt.asUintN(
      64,
      shared.fingerprints.reduce((total, sum) => total + sum, 0n),
    ),
    stepMs,
  };
}

/** The standard deviation (of the population) of each pixel over the images `[count, 784]`, mean over the pixels. */
function spreadOf(images: Float32Array): number {
  const count = images.length / pixelsPerImage;
  const means = new Float64Array(pixelsPerImage);
  const squares = new Float64Array(pixelsPerImage);
  // Two passes: where all images are nearly alike, the mean of the squares would drown what is looked for.
  for (let first = 0; first < images.length; first += pixelsPerImage) {
    for (let pixel = 0; pixel < pixelsPerImage; pixel++) means[pixel]! += images[first + pixel]!;
  }
  for (let pixel = 0; pixel < pixelsPerImage; pixel++) means[pixel]! /= count;
  for (let first = 0; first < images.length; first += pixelsPerImage) {
    for (let pixel = 0; pixel < pixelsPerImage; pixel++) {
      const deviation = images[first + pixel]! - means[pixel]!;
      squares[pixel]! += deviation * deviation;
    }
  }
  return Math.fround(squares.reduce((sum, square) => sum + Math.sqrt(square / count), 0) / pixelsPerImage);
}
