/** What a tensor holds before the first step, said as data, and made of the run's seed. */
import { streams, uniform } from './philox.js';
import { sizeOf } from './shape.js';

export type Initial =
  /** Uniform in `[-limit, limit)` with `limit = sqrt(6 / (fanIn + fanOut))` (Glorot and Bengio 2010). */
  | { readonly kind: 'glorotUniform'; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'constant'; readonly value: number };

/** @param place - the tensor's index in the model's list, which is its index in the random stream */
export function initialTensor(seed: number, place: number, shape: readonly number[], initial: Initial): Float32Array {
  const size = sizeOf(shape);
  if (initial.kind === 'constant') return new Float32Array(size).fill(initial.value);
  const limit = Math.fround(Math.sqrt(6 / (initial.fanIn + initial.fanOut)));
  const values = uniform(seed, streams.initialKernels, place, size);
  for (let i = 0; i < size; i++) values[i] = limit * values[i]!; // storing rounds to float32, as a float32 product does
  return values;
}
