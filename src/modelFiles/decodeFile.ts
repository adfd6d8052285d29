/** What a file of a model is, its content says, not its name. */
import path from 'node:path';
import type { Network } from '../model/description.js';
import type { Plan } from '../model/plan.js';
import { DataError } from '../shared/errors.js';
import { describeForeign } from '../shared/foreignContent.js';
import { decodeHdf5Aside } from './decodeHdf5Aside.js';
import { type FoundModel, isRecord, parseJsonOf } from './foundTensors.js';
import { limitsOf } from './limits.js';
import { decodeNpz } from './npz.js';
import { decodeSafetensors } from './safetensors.js';
import { decodeTfjs } from './tfjs.js';
import { openZip } from './zip.js';

type Read = (path: string) => Promise<Uint8Array>;

/**
 * @param network - whose file it is, where a file has one only
 * @throws DataError for what is no model, or not this one
 */
export async function decodeFile(file: string, plan: Plan, network: Network, read: Read): Promise<FoundModel> {
  const bytes = await read(file);
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (start.startsWith('PK')) {
    const archive = openZip(bytes, file, limitsOf(plan).unpackedBytes);
    if (archive.names.includes('config.json')) return decodeHdf5Aside({ kind: 'keras', bytes, plan, network, file });
    if (archive.names.some(name => /(^|\/)data\.pkl$/.test(name))) throw isPickle(file);
    return { tensors: decodeNpz(archive, file) };
  }
  if (start.startsWith('\x89HDF')) return decodeHdf5Aside({ kind: 'h5', bytes, plan, network, file });
  // The length before the header of a .safetensors has zeros in its upper bytes.
  if (/^\s*\{/.test(start) && !start.slice(0, 8).endsWith('\0')) {
    const json = parseJsonOf(bytes, file, 'a tfjs model.json');
    if (isRecord(json.weight_map)) throw isSharded(file);
    const readPart = (name: string) => read(path.join(path.dirname(file), name));
    return {
      tensors: await decodeTfjs(json, readPart, plan.model, network, file),
    };
  }
  if (start.charAt(8) === '{') return { tensors: decodeSafetensors(bytes, file) };
  // The protocols 2 to 5 begin so.
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) throw isPickle(file);
  const foreign = describeForeign(bytes, 'a model');
  if (foreign) throw new DataError(`${file} ${foreign}`, file);
  throw new DataError(
    `${file}: expected a .safetensors, .npz, .keras, .h5 or tfjs model.json, found none of them`,
    file,
  );
}

const isPickle = (file: string) =>
  new DataError(
    `${file} is a pickle, as torch.save makes them: reading one may run any code; save the weights with safetensors.torch.save_file(model.state_dict(), 'model.safetensors')`,
    file,
  );

/** `model.weights.json` of Keras, `model.safetensors.index.json` of Hugging Face. */
const isSharded = (file: string) =>
  new DataError(`${file} lists weights that are in several files: save them as one, without a limit of its size`, file);
