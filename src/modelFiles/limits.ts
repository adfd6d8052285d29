/**
 * How much of a file from outside is read at most: what the model can need, and never more than one
 * buffer can hold.
 */
import type { Plan } from '../model/plan.js';
import { sizeOf } from '../model/shape.js';

export interface Limits {
  /** Of one tensor. */
  readonly datasetBytes: number;
  /** Of what is unpacked of an archive. */
  readonly unpackedBytes: number;
  /** Of all files of a model. */
  readonly fileBytes: number;
}

/** Node 20 reads no larger file. */
const ceiling = 2 ** 31 - 1;
/** What anybody has room for. */
const floors = { datasetBytes: 2 ** 26, unpackedBytes: 2 ** 29, fileBytes: 2 ** 30 };

const bytesOfFloat64 = 8;

/** Numbers may be float64, and a file may hold as much again of an optimizer that is not ours. */
export function limitsOf({ state }: Plan): Limits {
  const sizes = state.map(({ shape }) => bytesOfFloat64 * sizeOf(shape));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const limit = (needed: number, floor: number) => Math.min(Math.max(needed, floor), ceiling);
  return {
    datasetBytes: limit(Math.max(...sizes), floors.datasetBytes),
    unpackedBytes: limit(2 * whole, floors.unpackedBytes),
    fileBytes: limit(4 * whole, floors.fileBytes),
  };
}
