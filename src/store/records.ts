/**
 * What a training step leaves for the store, the progress line and the page, and the tensors of a
 * checkpoint: plain data, numbered from step 0.
 */
import type { Histograms } from '../model/histograms.js';
import type { ImageShape, Picture } from '../pictures/picture.js';

/** One step's metrics. Losses in nats; `stepMs` is wall time from the step's start to its flip. */
export interface StepMetrics {
  step: number;
  dLoss: number;
  gLoss: number;
  /** Mean D(x) and D(G(z)) in D's turn, before its update. */
  dReal: number;
  dFake: number;
  /**
   * Standard deviation between the fakes of D's turn, mean over their pixels (which are from -1 to
   * 1); 0: all alike.
   */
  fakeSpread: number;
  /**
   * The sum of 1: D's loss has been near 0 for long; 2: the fakes have been alike for long; 4: the losses have been
   * above 10 for long. See model/saturation.ts.
   */
  saturation: number;
  /** Of the state after the step: see fingerprint.ts. */
  fingerprint: bigint;
  stepMs: number;
}

/** Pictures of one step: the D turn's fakes as one grid, and the fixed noise's images. */
export interface Sample {
  step: number;
  /** The grid of the batch's fakes. */
  grid: Picture;
  /** `[64, height, width, channels]` */
  fixed: Uint8Array;
  /** Of one image of `fixed`. */
  imageShape: ImageShape;
  /** Of the state that drew `fixed`. Runs from before they were there have none. */
  histograms?: Histograms;
}

/** Where in the run a checkpoint stands: `step` steps done; the next one is batch `batch` of epoch `epoch`. */
export interface Position {
  step: number;
  epoch: number;
  batch: number;
}

/** A named float32 array, row-major. */
export interface Tensor {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}
