/** Names of weights in the HDF5 files of Keras. */
import type { DescribedTensor } from '../model/describe.js';
import type { FoundTensor, Match } from './foundTensors.js';
import type { Hdf5File } from './hdf5.js';

const mostParts = 1000;

/** A long list is in several attributes, for one holds 64 kB: `weight_names0`, `weight_names1`, … */
export function listNames(source: Hdf5File, path: string, attribute: string): string[] {
  const whole = source.readAttribute(path, attribute);
  const parts = [whole];
  for (let i = 0; whole === undefined && i < mostParts; i++) {
    const part = source.readAttribute(path, `${attribute}${i}`);
    if (part === undefined) break;
    parts.push(part);
  }
  return parts.flatMap(part => (Array.isArray(part) ? part : [part])).filter(name => typeof name === 'string');
}

export const matchOf = (from: string, { shape }: FoundTensor, { fullName, shape: as }: DescribedTensor): Match => ({
  from,
  shape,
  to: fullName,
  as,
});

/** `sequential/dense_1/kernel:0` → `kernel` */
export const lastWordOf = (name: string): string => name.replace(/:\d+$/, '').split('/').at(-1)!;
