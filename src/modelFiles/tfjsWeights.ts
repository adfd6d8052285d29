/** The numbers of a tfjs model: files beside its `model.json`, whose `weightsManifest` says what is where. */
import path from 'node:path';
import { sizeOf } from '../model/shape.js';
import { DataError } from '../shared/errors.js';
import { findForeign } from '../shared/foreignContent.js';
import { bytesPerNumber, type FoundTensor, type FoundTensors, isRecord, isShape } from './foundTensors.js';

/** Reads a file beside `model.json`, which the model names. */
export type ReadPart = (name: string) => Promise<Uint8Array>;

/** tfjs cuts the numbers into files of 4 MB. */
const maxParts = 1000;

/** @throws DataError when files are missing or cut off, or a name leads elsewhere */
export async function readWeights(manifest: unknown, readPart: ReadPart, file: string): Promise<FoundTensors> {
  const damaged = () => new DataError(`${file} is damaged: its weightsManifest says not what is where`, file);
  if (!Array.isArray(manifest)) throw damaged();
  const found: FoundTensors = new Map();
  for (const group of manifest) {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights) || paths.length > maxParts) throw damaged();
    const parts: Uint8Array[] = [];
    for (const name of paths) {
      if (typeof name !== 'string' || name !== path.basename(name) || name === '..' || name.includes('\\')) {
        throw new DataError(`${file} names ${JSON.stringify(name)}, which is no file beside it`, file);
      }
      parts.push(await readPart(name));
    }
    const numbers = Buffer.concat(parts);
    let at = 0;
    for (const weight of weights) {
      const tensor = sliceWeight(weight, numbers, at, file);
      at += tensor.bytes.length;
      // Saved by tfjs from Python, a name may begin with that of the network.
      const name = String((weight as { name: unknown }).name);
      found.set(name.split('/').slice(-2).join('/'), tensor);
    }
  }
  return found;
}

function sliceWeight(weight: unknown, numbers: Uint8Array, at: number, file: string): FoundTensor {
  const { name, shape, dtype, quantization } = isRecord(weight) ? weight : {};
  if (typeof name !== 'string' || !isShape(shape) || typeof dtype !== 'string') {
    throw new DataError(`${file} is damaged: a weight has no name, shape and dtype`, file);
  }
  const shown = JSON.stringify(name.slice(0, 100));
  if (quantization !== undefined || !Object.hasOwn(bytesPerNumber, dtype)) {
    const type = quantization === undefined ? dtype.slice(0, 20) : 'quantized numbers';
    throw new DataError(`${file}: ${shown} expects float32, found ${type}`, file);
  }
  const end = at + sizeOf(shape) * bytesPerNumber[dtype]!;
  if (end <= numbers.length) return { shape, type: dtype, bytes: numbers.subarray(at, end) };
  const foreign = findForeign(numbers);
  if (foreign) throw new DataError(`${file}: what is in the place of its weights is ${foreign.what}`, file);
  throw new DataError(`${file}: ${shown} ends at byte ${end} of ${numbers.length}: the weights are cut off`, file);
}
