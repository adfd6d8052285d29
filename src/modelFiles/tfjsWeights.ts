/** The numbers of a tfjs model: files beside its `model.json`, whose `weightsManifest` says what is where. */
import path from 'node:path';
import { sizeOf } from '../model/shape.js';
import { DataError } from '../shared/errors.js';
import { findForeign } from '../shared/foreignContent.js';
import { type FoundTensor, type FoundTensors, isRecord, isShape } from './foundTensors.js';

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
      const { tensor, end } = sliceWeight(weight, numbers, at, file);
      at = end;
      // Saved by tfjs from Python, a name may begin with that of the network.
      const name = String((weight as { name: unknown }).name);
      found.set(name.split('/').slice(-2).join('/'), tensor);
    }
  }
  return found;
}

function sliceWeight(weight: unknown, numbers: Uint8Array, at: number, file: string): Slice {
  const { name, shape, dtype, quantization } = isRecord(weight) ? weight : {};
  if (typeof name !== 'string' || !isShape(shape) || typeof dtype !== 'string') {
    throw new DataError(`${file} is damaged: a weight has no name, shape and dtype`, file);
  }
  const shown = JSON.stringify(name.slice(0, 100));
  const stored = dtype === 'float32' && isRecord(quantization) ? String(quantization.dtype) : dtype;
  const size = Object.hasOwn(bytesStored, stored) ? bytesStored[stored] : undefined;
  const isWhole = stored.startsWith('uint');
  if (
    size === undefined ||
    (isWhole && !isRecord(quantization)) ||
    (dtype !== 'float32' && quantization !== undefined)
  ) {
    const type = quantization === undefined ? dtype : `${dtype} quantised as ${JSON.stringify(quantization)}`;
    throw new DataError(
      `${file}: ${shown} expects float32 (or that quantised as float16, uint8 or uint16), found ${type.slice(0, 60)}`,
      file,
    );
  }
  const end = at + sizeOf(shape) * size;
  if (end > numbers.length) {
    const foreign = findForeign(numbers);
    if (foreign) throw new DataError(`${file}: what is in the place of its weights is ${foreign.what}`, file);
    throw new DataError(`${file}: ${shown} ends at byte ${end} of ${numbers.length}: the weights are cut off`, file);
  }
  const bytes = numbers.subarray(at, end);
  if (!isWhole) return { tensor: { shape, type: stored, bytes }, end };
  const { scale, min } = quantization as Record<string, unknown>;
  if (typeof scale !== 'number' || typeof min !== 'number')
    throw new DataError(`${file} is damaged: ${shown} is quantised without scale and min`, file);
  return { tensor: { shape, ...dequantise(bytes, size, scale, min, stored) }, end };
}

interface Slice {
  readonly tensor: FoundTensor;
  /** Where the next one begins. */
  readonly end: number;
}

/** What tfjs can have in the place of float32, by its words. */
const bytesStored: Readonly<Record<string, number>> = { float32: 4, float16: 2, uint8: 1, uint16: 2 };

/** As tfjs-core does, to the bit: io/io_utils.js. */
function dequantise(bytes: Uint8Array, size: number, scale: number, min: number, stored: string) {
  const copy = new Uint8Array(bytes);
  const whole = size === 1 ? copy : new Uint16Array(copy.buffer);
  const values = Float32Array.from(whole, value => value * scale + min);
  const origin = `${stored} became float32, dequantised: as exact as when it was quantised`;
  return { type: 'float32', bytes: new Uint8Array(values.buffer), origin };
}
