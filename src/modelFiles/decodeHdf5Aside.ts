/**
 * Decodes what has HDF5 in it in a thread of its own, with a time limit: in some damaged files the HDF5 library follows
 * pointers without an end, and only a thread can be ended.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Network } from '../model/description.js';
import type { Plan } from '../model/plan.js';
import { DataError, fromPlainError, type PlainError } from '../shared/errors.js';
import type { FoundModel } from './foundTensors.js';

/** What the thread is given. */
export interface Hdf5Task {
  readonly kind: 'keras' | 'h5';
  readonly bytes: Uint8Array;
  readonly plan: Plan;
  readonly network: Network;
  readonly file: string;
}

export type Hdf5Answer = { readonly model: FoundModel } | { readonly error: PlainError };

/** A good one of this model takes less than a second. */
const mostSeconds = 60;

/** @throws DataError for what is no model, or not this one, or not read in time */
export async function decodeHdf5Aside(task: Hdf5Task, seconds = mostSeconds): Promise<FoundModel> {
  const thread = new Worker(new URL('./hdf5Thread.js', import.meta.url), { workerData: task, name: 'hdf5' });
  try {
    const signal = AbortSignal.timeout(1000 * seconds);
    const ended = once(thread, 'exit', { signal }).then(([code]) => {
      throw new DataError(
        `${task.file} could not be read: the thread that reads it ended with exit code ${code}`,
        task.file,
      );
    });
    const [answer] = (await Promise.race([once(thread, 'message', { signal }), ended])) as [Hdf5Answer];
    if ('model' in answer) return answer.model;
    throw fromPlainError(answer.error);
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    throw new DataError(`${task.file} is damaged: its HDF5 could not be read within ${seconds} s`, task.file);
  } finally {
    await thread.terminate();
  }
}
