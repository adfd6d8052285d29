/** The store: everything that a run keeps on disk. docs/store-format.md is its format, docs/decisions/0003-store.md its reasons. */
export type { ManifestEntry, Problem, Tensor } from './checkpoints.js';
export { assertRunPath, createRun, type RunDescription, type WriterOptions } from './createRun.js';
export { nodeFileSystem } from './fileSystem.js';
export { makeFolders } from './files.js';
export { checkpointName, runFolders } from './layout.js';
export { describeLost, type Lost } from './lost.js';
export { openRunToWrite, type Recovery } from './recovery.js';
export type { Retention } from './retention.js';
export { type ArrayInfo, type Metrics, openRun, type Run } from './run.js';
export { isSafeKey, type RunAttributes, type RunEvent } from './runMetadata.js';
export type { RunWriter } from './runWriter.js';
export { checkSpace, describeTightness, roomForRun } from './space.js';
export { createRunInThread, openRunInThread, type StoreThread } from './storeThread.js';
export type { ArrayData } from './zarrReader.js';
