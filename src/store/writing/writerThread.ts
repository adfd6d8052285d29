/** The store's own thread: hashing, encoding and waiting for the disk happen here while training goes on. */
import { parentPort, workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { sizeOf } from '../../model/shape.js';
import { planState, readState, type StateLayout, type StateTensor } from '../../model/stateLayout.js';
import { StoreError } from '../../shared/errors.js';
import { nodeEndpoint } from '../../shared/nodeEndpoint.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import type { LockOptions } from '../disk/lock.js';
import type { RunEvent } from '../reading/runAttributes.js';
import type { Position, Sample, StepMetrics } from '../records.js';
import { createRun, type RunDescription } from './createRun.js';
import { openRunToWrite, type Recovery } from './recovery.js';
import type { Retention } from './retention.js';
import type { RunWriter } from './runWriter.js';
import './throwTaggedErrors.js';
import type { JsonObject } from '../zarr/zarrMetadata.js';

export interface WriterThreadData {
  /** Module that exports a `fileSystem` to use instead of the disk: tests make it fail. */
  fileSystemModule?: string;
}

let writer: RunWriter | undefined;

async function fileSystem(): Promise<FileSystem> {
  const { fileSystemModule } = workerData as WriterThreadData;
  return fileSystemModule ? (await import(fileSystemModule)).fileSystem : nodeFileSystem;
}

function open(): RunWriter {
  if (!writer) throw new StoreError('the store thread has no open run');
  return writer;
}

/** How the state of the open run lies in a snapshot, and the memory that its tensors are lent one after the other. */
let reading: { readonly layout: StateLayout; readonly lent: Float32Array } | undefined;

/** The same memory for every tensor of a checkpoint: of memory of their own V8 lets 75 MB lie before it collects it. */
function readTensors(snapshot: SharedArrayBuffer, slices: number): Iterable<StateTensor> {
  if (reading?.layout.slices !== slices) {
    const layout = planState(open().plan, slices);
    const longest = Math.max(...layout.tensors.map(({ shape }) => sizeOf(shape)));
    reading = { layout, lent: new Float32Array(longest) };
  }
  const { layout, lent } = reading;
  return readState(snapshot, layout, 0, length => lent.subarray(0, length));
}

const api = {
  async create(path: string, description: RunDescription, options: Retention & { overwrite?: boolean }) {
    writer = await createRun(path, description, { ...options, fileSystem: await fileSystem() });
    return writer.path;
  },
  async open(path: string, options: Retention & LockOptions): Promise<{ path: string; recovery: Recovery }> {
    const opened = await openRunToWrite(path, { ...options, fileSystem: await fileSystem() });
    writer = opened.writer;
    return { path: writer.path, recovery: opened.recovery };
  },
  appendMetrics: (metrics: StepMetrics) => open().appendMetrics(metrics),
  appendSample: (sample: Sample) => open().appendSample(sample),
  appendEvent: (event: RunEvent) => open().appendEvent(event),
  updateConfig: (config: JsonObject) => open().updateConfig(config),
  flush: () => open().flush(),
  commitCheckpoint: (position: Position, snapshot: SharedArrayBuffer, slices: number) =>
    open().commitCheckpoint(position, readTensors(snapshot, slices)),
  async close(): Promise<void> {
    const closing = writer;
    writer = undefined;
    reading = undefined;
    await closing?.close();
  },
};

/** What the thread answers to. */
export type WriterThread = typeof api;

Comlink.expose(api, nodeEndpoint(parentPort!));
