/** Reads a network's tensors from the store. */
import type { Network } from '../../../model/description.js';
import { messageOf } from '../element.js';
import type { OpenRun } from '../panel.js';
import { type GeneratorChoice, tensorsOf } from './choices.js';
import type { Weights } from './networks.js';

/**
 * @param onProgress - told how much of it has come, 0 to 1
 * @throws Error that says what is missing
 */
export async function readWeights(
  run: OpenRun,
  choice: GeneratorChoice,
  network: Network,
  onProgress: (part: number) => void,
): Promise<Weights> {
  const wanted = tensorsOf(run, choice, network);
  const total = wanted.reduce((sum, [, path]) => sum + bytesOf(run, path), 0);
  let come = 0;
  const read = async ([name, path]: [string, string]) => {
    const { shape, data } = await run.readArray(path, undefined, bytes => {
      come += bytes;
      onProgress(come / total);
    });
    return [name, { shape, data: data as Float32Array }] as const;
  };
  const tensors = await Promise.all(wanted.map(read)).catch(error => {
    throw new Error(`${choice.label} is not there any more, or damaged: choose another one. (${messageOf(error)})`);
  });
  return Object.fromEntries(tensors);
}

function bytesOf({ metadata }: OpenRun, path: string): number {
  const { shape, dtype } = (metadata[`${path}/.zarray`] ?? { shape: [0], dtype: '<f4' }) as {
    shape: number[];
    dtype: string;
  };
  return shape.reduce((product, size) => product * size, Number(dtype.slice(2)));
}
