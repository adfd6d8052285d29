/**
 * gan-dist as a library. The command line is made of these functions.
 *
 * @example
 * Train the smallest run there is, and look at it:
 * ```ts
 * import { generateImages, openRun, resolveConfig, train } from 'gan-dist';
 *
 * const config = resolveConfig({
 *   set: ['data.source=mnist-10k', 'data.limit=64', 'training.batchSize=32', 'training.epochs=1', 'output.run=small.zarr'],
 *   cwd: process.cwd(),
 * });
 * const { run: path } = await train({ config, onStep: ({ step, dLoss, gLoss }) => console.log(step, dLoss, gLoss) });
 *
 * const run = await openRun(path);
 * const { dLoss } = await run.readMetrics(); // Float32Array, one element a step
 * const tensors = await run.readCheckpoint(); // the newest: name → shape and Float32Array
 * const { images } = await generateImages({ run: path, count: 16 }); // Uint8Array [16, 28, 28]
 * ```
 *
 * Everything that a user can mend is thrown as a {@link GanDistError}: its message says what was expected, what was
 * found, where, and what to do; its class and fields say it to programs.
 *
 * @packageDocumentation
 */

export type { Config, ConfigKey } from './config/config.js';
export { type ConfigSources, resolveConfig } from './config/readConfig.js';
export { type Generated, type GenerateOptions, generateImages } from './coordinator/drawing/generateNew.js';
export { type Imported, type ImportOptions, importRun } from './coordinator/importRun.js';
export type { IfExists } from './coordinator/opening/openTraining.js';
export { type Replay, type ReplayOptions, replay } from './coordinator/proof/replay.js';
export type { Schedule } from './coordinator/steps/schedule.js';
export { type TrainOptions, type TrainResult, type TrainStart, train } from './coordinator/train.js';
export { type FetchOptions, type FetchProgress, fetchMnist } from './data/fetch.js';
export { compareStates, type ShapedData, type TensorComparison } from './model/comparison/compareTensors.js';
export type { ImageShape, Picture } from './pictures/picture.js';
export {
  AbortedError,
  CheckpointError,
  ConfigError,
  DataError,
  DivergenceError,
  EngineError,
  GanDistError,
  LockError,
  StallError,
  StoreError,
  UsageError,
  WorkerError,
} from './shared/errors.js';
export {
  type ArrayData,
  type ArrayInfo,
  type Metrics,
  openRun,
  type Problem,
  type Run,
  type RunAttributes,
  type RunEvent,
  type Tensor,
} from './store/index.js';
export type { Position, Sample, StepMetrics } from './store/records.js';
