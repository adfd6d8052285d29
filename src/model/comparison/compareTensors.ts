/**
 * Two states, number by number. Numbers are equal when their bits are: 0 and -0 differ, and a NaN equals itself. What
 * differs is measured as people measure it, by the absolute difference.
 */
import { sizeOf } from '../shape.js';

/** Row major, of the shape's size. */
export interface ShapedData {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One number that differs. */
export interface DifferentNumber {
  /** Its place in the tensor, an index for each dimension. */
  readonly index: readonly number[];
  readonly a: number;
  readonly b: number;
}

export interface TensorComparison {
  readonly name: string;
  /** Numbers in the tensor. */
  readonly size: number;
  /** How many of them differ. */
  readonly differing: number;
  /** The largest absolute difference; NaN where a number is compared with one that is not. */
  readonly largest: number;
  /** Of row-major order. */
  readonly first?: DifferentNumber;
  /** Why there is nothing to compare: only one state has the tensor, or the shapes are not the same. */
  readonly unlike?: string;
}

/** Compares every tensor that either state has, in the order of `a`, then what only `b` has. */
export function compareStates(
  a: ReadonlyMap<string, ShapedData>,
  b: ReadonlyMap<string, ShapedData>,
): TensorComparison[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].map(name => {
    const [left, right] = [a.get(name), b.get(name)];
    if (left && right && String(left.shape) === String(right.shape)) return compareTensors(name, left, right);
    const size = sizeOf((left ?? right)!.shape);
    const unlike = left && right ? `[${left.shape}] against [${right.shape}]` : `only in ${left ? 'A' : 'B'}`;
    return { name, size, differing: size, largest: Number.NaN, unlike };
  });
}

/** The numbers alone. */
export const dataOf = (tensors: ReadonlyMap<string, ShapedData>): Map<string, Float32Array> =>
  new Map(Array.from(tensors, ([name, { data }]) => [name, data]));

export const areEqual = (comparisons: readonly TensorComparison[]): boolean =>
  comparisons.every(({ differing }) => differing === 0);

function compareTensors(name: string, { shape, data: a }: ShapedData, { data: b }: ShapedData): TensorComparison {
  const [bitsOfA, bitsOfB] = [bitsOf(a), bitsOf(b)];
  let differing = 0;
  let largest = 0;
  let first: DifferentNumber | undefined;
  for (let i = 0; i < a.length; i++) {
    if (bitsOfA[i] === bitsOfB[i]) continue;
    differing++;
    // Math.max keeps a NaN.
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
    first ??= { index: indexOf(i, shape), a: a[i]!, b: b[i]! };
  }
  return { name, size: a.length, differing, largest, first };
}

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Uint32Array(buffer, byteOffset, length);

/** `4`, `[2, 3]` → `[1, 1]`. */
function indexOf(place: number, shape: readonly number[]): number[] {
  let rest = place;
  const index = shape.toReversed().map(size => {
    const at = rest % size;
    rest = (rest - at) / size;
    return at;
  });
  return index.reverse();
}
