/**
 * What all contestants of a cell of the table get: the images, the state before the first step and
 * the noise of every step, as files. So all train the same, which their first losses show, and
 * nobody makes random numbers while the clock runs but gan-dist, which makes its own, to the same
 * bits.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DataChoice } from '../../src/data/source.js';
import { initialTensor } from '../../src/model/initial.js';
import { streams, uniform } from '../../src/model/philox.js';
import { referencePlan } from '../../src/model/plan.js';

const plan = referencePlan();
const { latentSize } = plan.model;

export const seed = 1;

/** A cell: what is the same for all contestants that are compared with each other. */
export interface Cell {
  readonly batch: number;
  readonly threads: number;
  /** Steps that do not count: they compile, allocate and fill caches. */
  readonly warmUp: number;
  readonly measured: number;
}

export interface Job extends Cell {
  readonly folder: string;
  readonly data: DataChoice;
}

/** Calls `run` with the cell's files in place, and removes them. */
export async function withJob<T>(
  cell: Cell,
  data: DataChoice,
  images: Uint8Array,
  run: (job: Job) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gan-dist-compare-'));
  try {
    await writeFile(path.join(folder, 'images'), images);
    await writeFile(path.join(folder, 'tensors.json'), JSON.stringify(plan.tensors.map(t => [t.name, t.shape])));
    const tensors = plan.tensors.map((each, place) => initialTensor(seed, place, each.shape, each.initial));
    await writeFile(path.join(folder, 'state'), Buffer.concat(tensors.map(bytesOf)));
    await writeFile(path.join(folder, 'noise'), Buffer.concat(makeNoise(cell).map(bytesOf)));
    return await run({ ...cell, data, folder });
  } finally {
    // A contestant that was stopped may still be writing.
    await rm(folder, { recursive: true, maxRetries: 10 });
  }
}

/** `[steps, 2, batch, 100]`: of D's turn and of G's. */
function makeNoise({ batch, warmUp, measured }: Cell): Float32Array[] {
  const turns = [streams.discriminatorNoise, streams.generatorNoise];
  return Array.from({ length: warmUp + measured }, (_, step) =>
    turns.map(stream => uniform(seed, stream, step, batch * latentSize)),
  ).flat();
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
