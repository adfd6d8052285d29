/** What a step leaves behind in the shared memory, as metrics. */

import { toldElements } from '../../memory/sharedMemory.js';
import { sizeOfImage } from '../../pictures/picture.js';
import type { StepMetrics } from '../../store/records.js';
import type { WorkerPool } from './workerPool.js';

/** All of a step's metrics but its saturation, which depends on the steps before it too. */
export type ComputedStep = Omit<StepMetrics, 'saturation'>;

/** Reads them when the step has ended. @param stepMs - its wall time */
export function readMetrics({ shared, plan }: WorkerPool, step: number, stepMs: number): ComputedStep {
  const numbers = sizeOfImage(plan.model.image);
  const value = (name: keyof typeof toldElements) => shared.told[toldElements[name]]!;
  return {
    step,
    dLoss: value('dLoss'),
    gLoss: value('gLoss'),
    dReal: value('dReal'),
    dFake: value('dFake'),
    fakeSpread: spreadOf(shared.images.subarray(0, shared.batch.length * numbers), numbers),
    fingerprint: BigInt.asUintN(
      64,
      shared.fingerprints.reduce((total, sum) => total + sum, 0n),
    ),
    stepMs,
  };
}

/**
 * The standard deviation (of the population) of each number over the images `[count, numbers]`,
 * mean over the numbers.
 */
function spreadOf(images: Float32Array, numbers: number): number {
  const count = images.length / numbers;
  const means = new Float64Array(numbers);
  const squares = new Float64Array(numbers);
  // Two passes: where all images are nearly alike, the mean of the squares would drown what is looked for.
  for (let first = 0; first < images.length; first += numbers) {
    for (let i = 0; i < numbers; i++) means[i]! += images[first + i]!;
  }
  for (let i = 0; i < numbers; i++) means[i]! /= count;
  for (let first = 0; first < images.length; first += numbers) {
    for (let i = 0; i < numbers; i++) {
      const deviation = images[first + i]! - means[i]!;
      squares[i]! += deviation * deviation;
    }
  }
  return Math.fround(squares.reduce((sum, square) => sum + Math.sqrt(square / count), 0) / numbers);
}
