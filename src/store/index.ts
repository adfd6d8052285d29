/**
 * The store: everything that a run keeps on disk. docs/store-format.md is its format,
 * docs/decisions/0003-store.md its reasons.
 */

export { nodeFileSystem } from './disk/fileSystem.js';
export { makeFolders } from './disk/files.js';
export { describeJob } from './disk/job.js';
export type { FormerOwner } from './disk/lockOwner.js';
export { checkpointName, describeMetric, runFolders } from './layout.js';
export { isSafeKey } from './reading/consolidated.js';
export { isBeingWritten } from './reading/isBeingWritten.js';
export type { ArrayInfo } from './reading/listArrays.js';
export { describeLost, type Lost } from './reading/lost.js';
export type { Problem } from './reading/problem.js';
export type { Metrics } from './reading/readColumns.js';
export { openRun, type Run } from './reading/run.js';
export { NoRunError, type RunAttributes, type RunEvent } from './reading/runAttributes.js';
export type { ManifestEntry } from './reading/verifyCheckpoint.js';
export type { Tensor } from './records.js';
export { type CopyToOptions, copyToPlace } from './writing/copyToPlace.js';
export { assertRunPath, createRun, type RunDescription, type WriterOptions } from './writing/createRun.js';
export { openRunToWrite, type Recovery } from './writing/recovery.js';
export type { Retention } from './writing/retention.js';
export type { RunWriter } from './writing/runWriter.js';
export { checkSpace, describeTightness, roomForRun } from './writing/space.js';
export { createRunInThread, openRunInThread, type StoreThread } from './writing/storeThread.js';
export type { ArrayData } from './zarr/zarrReader.js';
