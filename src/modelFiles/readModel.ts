/** A model from outside, in whatever files it comes. */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Network, networks } from '../model/description.js';
import type { Plan } from '../model/plan.js';
import { DataError, UsageError } from '../shared/errors.js';
import { decodeFile } from './decodeFile.js';
import { findModelFiles } from './findModelFiles.js';
import type { FoundModel, FoundTensors, Match } from './foundTensors.js';
import { limitsOf } from './limits.js';
import { matchTensors } from './matching/matchTensors.js';
import { isLeftOut } from './matching/tensorNames.js';
import { type TakenModel, takeTensors } from './takeTensors.js';

/** A file that was read. */
export interface ReadFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ReadModel extends TakenModel {
  readonly files: readonly ReadFile[];
  /** Where names are not those of the store: which tensor was taken for which. */
  readonly matches: readonly Match[];
}

/**
 * Reads a whole model: from one file with all its tensors, from two with a network each, or from the folder that
 * `gan-dist export` made of them.
 * @param plan - of the model that it must be
 * @param file - `.safetensors`, `.npz`, `.keras`, `.h5`, `.weights.h5`, a tfjs `model.json`, or a folder
 * @param discriminator - the file of the discriminator, if `file` has only the generator
 * @throws DataError saying what is missing, damaged, or not of this model
 */
export async function readModel(plan: Plan, file: string, discriminator?: string): Promise<ReadModel> {
  const paths = await findModelFiles(file, discriminator);
  const files: ReadFile[] = [];
  const read = (path: string) => readWhole(path, limitsOf(plan).fileBytes, files);
  const isAlone = paths.discriminator === undefined;
  const named = async (network: Network, path: string) =>
    takeNames(await decodeFile(path, plan, network, read), plan, isAlone ? undefined : network, path);
  const models: FoundModel[] = [await named('generator', paths.generator)];
  if (paths.discriminator !== undefined) models.push(await named('discriminator', paths.discriminator));
  const from = Object.values(paths)
    .filter(path => path !== undefined)
    .join(' and ');
  const tensors = new Map(models.flatMap(model => [...model.tensors]));
  if (models.reduce((sum, model) => sum + model.tensors.size, 0) > tensors.size) {
    throw new DataError(`${from} both have some of the tensors: name one of them`, file);
  }
  if (discriminator === undefined && paths.discriminator === undefined) assertWhole(tensors, plan, file);
  const taken = takeTensors(tensors, plan, from);
  const matches = models.flatMap(model => model.matches ?? []);
  return {
    ...taken,
    notes: [...new Set([...models.flatMap(({ notes = [] }) => notes), ...taken.notes])],
    files,
    matches,
  };
}

/** @param network - that it has alone; undefined where it may have both */
function takeNames(found: FoundModel, plan: Plan, network: Network | undefined, file: string): FoundModel {
  const names = [...found.tensors.keys()];
  if (names.length === 0 || plan.state.some(({ name }) => found.tensors.has(name))) return found;
  const ofGenerator = plan.tensors.filter(tensor => tensor.network === 'generator').length;
  const isGenerator = names.filter(name => !isLeftOut(name)).length === ofGenerator;
  const both = isGenerator ? (['generator'] as const) : networks;
  return { ...found, ...matchTensors(found.tensors, plan, network === undefined ? both : [network], file) };
}

function assertWhole(tensors: FoundTensors, plan: Plan, file: string): void {
  const found = new Set(plan.tensors.filter(({ name }) => tensors.has(name)).map(({ network }) => network));
  if (!found.has('generator') || found.has('discriminator')) return;
  throw new UsageError(`${file} has only a generator; name the file of the other network with --discriminator`);
}

async function readWhole(file: string, most: number, files: ReadFile[]): Promise<Uint8Array> {
  try {
    const entry = await stat(file);
    if (!entry.isFile()) throw new DataError(`${file} is no file`, file);
    const total = files.reduce((sum, { bytes }) => sum + bytes, entry.size);
    if (total > most)
      throw new DataError(`${file} has ${entry.size} bytes: more than ${most} in all are no model`, file);
    const handle = await open(file);
    const bytes = await handle.readFile().finally(() => handle.close());
    files.push({
      file: path.resolve(file),
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    return bytes;
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it is not there' : message;
    throw new DataError(`${file} cannot be read: ${why}`, file, { cause: error });
  }
}
