/**
 * A memory of this thread's own, where routines in WebAssembly work on images that TensorFlow
 * copies to it and reads in place: arrays of JavaScript would be garbage of 100 MB a step.
 *
 *   scratch, a tile | images, padded | their gradient, padded | tiles or patches of them
 */

import { Loan } from '../tensorflow/loan.js';
import { copyInPlaceTo } from '../tensorflow/ops.js';
import { thread } from '../thread.js';
import { loadRoutines, type Routines } from './routines.js';

/** What is in it is gone with the next `openWorkspace`, which ends the loan. */
export interface Workspace {
  /** Of its memory; for tensors over it that leave whoever opened it. */
  readonly loan: Loan;
  readonly routines: Routines;
  readonly images: Float32Array;
  readonly gradient: Float32Array;
  readonly tiles: Float32Array;
}

/** Vectors of a tile. */
export const vectors = 36;
/** Bytes 64 to 128 are for the trial of `copyInPlaceTo`. */
export const scratchOffset = 128;

/** @param channels, images, tiles - numbers in a pixel, in all padded images, and in the tiles or patches */
export function openWorkspace(channels: number, images: number, tiles: number): Workspace {
  const imagesOffset = scratchOffset + 64 * Math.ceil((vectors * channels) / 16);
  const imagesBytes = Math.ceil(images / 16) * 64;
  const tilesOffset = imagesOffset + 2 * imagesBytes;
  const { memory, routines, loan } = openMemory(tilesOffset + 4 * tiles);
  return {
    routines,
    loan,
    images: new Float32Array(memory.buffer, imagesOffset, images),
    gradient: new Float32Array(memory.buffer, imagesOffset + imagesBytes, images),
    tiles: new Float32Array(memory.buffer, tilesOffset, tiles),
  };
}

const pageBytes = 65536;
const leastMaximum = 2 ** 26 / pageBytes;

/**
 * A memory grows in place: V8 reserves 10 GiB of addresses for each, whatever its size, and where
 * they are limited (ulimit -v) a second one for every thread is too many. Without such guards it
 * reserves the maximum, so that is small.
 */
function openMemory(bytes: number) {
  thread.workspace?.loan.end();
  const loan = new Loan();
  if (thread.workspace && thread.workspace.memory.buffer.byteLength >= bytes) {
    thread.workspace.loan = loan;
    return thread.workspace;
  }
  const pages = Math.ceil(bytes / pageBytes);
  const { memory, routines } = grow(pages) ?? allocate(pages);
  // The buffer is another object when it has grown.
  copyInPlaceTo(memory);
  thread.workspace = { memory, routines, loan };
  return thread.workspace;
}

function grow(pages: number) {
  const { workspace } = thread;
  try {
    workspace?.memory.grow(pages - workspace.memory.buffer.byteLength / pageBytes);
    return workspace;
  } catch {
    // Beyond its maximum.
    return undefined;
  }
}

function allocate(pages: number) {
  const maximum = Math.min(2 ** 32 / pageBytes, Math.max(leastMaximum, 4 * pages));
  // Shared, because the routines are compiled for the memory that is.
  const memory = new WebAssembly.Memory({ initial: pages, maximum, shared: true });
  return { memory, routines: loadRoutines(memory) };
}
