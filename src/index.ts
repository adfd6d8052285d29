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
export type { IfExists } from './coordinator/opening/ifExists.js';
export { type Replay, type ReplayOptions, replay } from './coordinator/proof/replay.js';
export type { Schedule } from './coordinator/steps/schedule.js';
export { type TrainOptions, type TrainResult, type TrainStart, train } from './coordinator/train.js';
export { type FetchOptions, fetchMnist } from './data/fetch.js';
export type { FetchProgress } from './data/fetchProgress.js';
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
// Not from the store's index: that reaches the thread that writes, and with it types of packages and of Node.
export type { ArrayInfo } from './store/reading/listArrays.js';
export type { Problem } from './store/reading/problem.js';
export type { Metrics } from './store/reading/readColumns.js';
export { openRun, type Run } from './store/reading/run.js';
export type { RunAttributes, RunEvent } from './store/reading/runAttributes.js';
export type { Position, Sample, StepMetrics, Tensor } from './store/records.js';
export type { ArrayData } from './store/zarr/zarrReader.js';
