/** Room on the disk, before it is needed. */

import type { Plan, TensorPlan } from '../../model/plan.js';
import { sizeOf } from '../../model/shape.js';
import { StoreError } from '../../shared/errors.js';
import { explained } from '../disk/failures.js';
import { type FileSystem, nodeFileSystem } from '../disk/fileSystem.js';
import { freeRoom } from '../disk/files.js';

/** Bytes of one checkpoint: float32 tensors, and some 100 kB of metadata. */
export const checkpointBytes = ({ state }: Plan): number => 100_000 + 4 * numbersOf(state);

/**
 * Makes sure that a run can go on where `path` is or will be: it needs one checkpoint more than it
 * keeps, as the oldest one is deleted only after the next is there; two are enough to begin with.
 * @param missing - how many checkpoints it has not yet of those that it keeps
 * @returns the bytes that are free
 * @throws StoreError saying how much is needed and free
 */
export async function checkSpace(
  plan: Plan,
  path: string,
  missing = 1,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<number> {
  const free = await explained('see how much room there is', path, () => freeRoom(fileSystem, path));
  const count = missing > 0 ? 2 : 1;
  const what = count === 2 ? 'two checkpoints need' : 'a checkpoint needs';
  const needed = count * checkpointBytes(plan);
  const files = count * checkpointFiles(plan);
  if (free.bytes < needed)
    throw new StoreError(
      `the disk of ${path} has ${megabytes(free.bytes)} free; ${what} ${megabytes(needed)}: free some space, or put the run on another disk`,
      path,
    );
  if (free.files !== undefined && free.files < files)
    throw new StoreError(
      `the disk of ${path} has room for ${free.files} more files (inodes: df -i); ${what} ${files}: delete some files, or put the run on another disk`,
      path,
    );
  return free.bytes;
}

/** A folder of three files for each tensor, and the folders and groups above them. */
const checkpointFiles = ({ state }: Plan): number => 4 * state.length + 16;

/** Bytes of a generator in float16. */
export const generatorBytes = ({ tensors }: Plan): number =>
  30_000 + 2 * numbersOf(tensors.filter(({ network }) => network === 'generator'));

const numbersOf = (tensors: readonly TensorPlan[]): number =>
  tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/**
 * What a run holds at its most, while it writes a checkpoint beside those that it keeps; the two newest always stay.
 * @param generators - how many epochs' generators it will have kept
 */
export const roomForRun = (plan: Plan, keep: number, generators = 0): number =>
  (Math.max(keep, 2) + 1) * checkpointBytes(plan) + generators * generatorBytes(plan);

/**
 * What a person should know before the disk is full in the middle of the run; undefined if there is
 * room for all of it.
 */
export function describeTightness(plan: Plan, free: number, keep: number, generators = 0): string | undefined {
  const room = roomForRun(plan, keep, generators);
  if (free >= room) return undefined;
  const settings = [keep > 2 && 'output.keep=2', generators > 0 && 'output.keepGenerators=false'];
  const fewer = settings.filter(setting => setting !== false).map(setting => `--set ${setting}`);
  const how = fewer.length > 0 ? `, or keep fewer (${fewer.join(' ')})` : '';
  const what = generators > 0 ? 'checkpoints and generators' : 'checkpoints';
  return `the disk has ${megabytes(free)} free, and this run may hold ${megabytes(room)} of ${what}: free some${how}`;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
