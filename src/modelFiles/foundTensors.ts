/** Tensors as a file from outside has them: nothing of them is believed until `takeTensors.ts` has looked. */

import { sizeOf } from '../model/shape.js';
import { DataError } from '../shared/errors.js';

/** Number types that can become float32. */
export type FloatType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'float8_e4m3' | 'float8_e5m2';

export interface FoundTensor {
  readonly shape: readonly number[];
  /** A FloatType, or what the file calls it. */
  readonly type: string;
  /** Little-endian, row major, of the size that shape and type ask for. */
  readonly bytes: Uint8Array;
  /** What the file had in their place, if not just other bits of the same numbers: said where they are taken. */
  readonly origin?: string;
}

/** By the names of the store. */
export type FoundTensors = Map<string, FoundTensor>;

/** What one file has of a model. */
export interface FoundModel {
  readonly tensors: FoundTensors;
  /** What a person should know. */
  readonly notes?: readonly string[];
  /** Where the names are not those of the store: which tensor was taken for which. */
  readonly matches?: readonly Match[];
}

/** A tensor of a file, and what it was taken for. */
export interface Match {
  readonly from: string;
  readonly shape: readonly number[];
  /** Undefined for what was left out. */
  readonly to?: string;
  readonly as?: readonly number[];
  /** What was done to it, such as `transposed`. */
  readonly how?: string;
}

export const bytesPerNumber: Readonly<Record<string, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  float8_e4m3: 1,
  float8_e5m2: 1,
} satisfies Record<FloatType, number>;

/** Dimensions that a tensor can have. */
export const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length <= 8 &&
  value.every(size => Number.isSafeInteger(size) && size >= 0) &&
  Number.isSafeInteger(sizeOf(value));

/**
 * The JSON of a file, an object at its top.
 * @param what - that the JSON is, for the message
 * @throws DataError
 */
export function parseJsonOf(bytes: Uint8Array, file: string, what: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DataError(`${file} is damaged: ${what} is no JSON`, file, { cause });
  }
  if (isRecord(json)) return json;
  throw new DataError(`${file} is damaged: expected a JSON object as ${what}`, file);
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
