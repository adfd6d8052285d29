/** Which batch a step trains on, and what is due when. Steps are counted from 0 over all epochs. */
import type { Config } from '../../config/config.js';
import type { Position } from '../../store/records.js';

export interface Schedule {
  readonly batchesPerEpoch: number;
  /** The run is over when this many steps are done. */
  readonly lastStep: number;
  /** The position when `step` steps are done. */
  positionAt(step: number): Position;
  /** Whether the grids of this step's fakes are kept. */
  isSampled(step: number): boolean;
  /** Whether a checkpoint follows when this many steps are done. */
  isCheckpoint(stepsDone: number): boolean;
}

/** @param steps - end after so many steps in all, if that is sooner than the epochs' end */
export function planSchedule({ training, output }: Config, imageCount: number, steps = Infinity): Schedule {
  const batchesPerEpoch = Math.floor(imageCount / training.batchSize);
  const lastStep = Math.min(training.epochs * batchesPerEpoch, steps);
  return {
    batchesPerEpoch,
    lastStep,
    positionAt: step => ({ step, epoch: Math.floor(step / batchesPerEpoch), batch: step % batchesPerEpoch }),
    isSampled: step => (step % batchesPerEpoch) % output.sampleEvery === 0,
    isCheckpoint: done => done % output.checkpointEvery === 0 || done % batchesPerEpoch === 0 || done === lastStep,
  };
}
