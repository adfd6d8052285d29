/** Whether a run has a writer, as far as can be told from here. */
import { nodeFileSystem } from '../disk/fileSystem.js';
import { findLiveOwner } from '../disk/lock.js';
import { lockPath } from '../disk/place.js';

/** @param run - absolute path of its store */
export const isBeingWritten = async (run: string): Promise<boolean> =>
  (await findLiveOwner(nodeFileSystem, lockPath(run))) !== undefined;
