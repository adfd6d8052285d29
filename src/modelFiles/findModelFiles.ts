/** Which files a person means who names a file, a folder, or two of them. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describeNames } from '../shared/describeNames.js';
import { DataError, UsageError } from '../shared/errors.js';

export interface ModelFiles {
  /** Of the generator, or of both networks. */
  readonly generator: string;
  readonly discriminator?: string;
}

const namesInFolder = ['.keras', '.h5', '.weights.h5', '.safetensors', '.npz', '/model.json'];

/**
 * A folder has two files of one kind, or is that of one network in tfjs.
 * @throws DataError, UsageError
 */
export async function findModelFiles(file: string, discriminator: string | undefined): Promise<ModelFiles> {
  const generator = await fileIn(file);
  if (generator !== undefined)
    return { generator, discriminator: discriminator && ((await fileIn(discriminator)) ?? discriminator) };
  for (const ending of namesInFolder) {
    const pair = {
      generator: path.join(file, `generator${ending}`),
      discriminator: path.join(file, `discriminator${ending}`),
    };
    if ((await isFile(pair.generator)) && (await isFile(pair.discriminator))) {
      if (discriminator === undefined) return pair;
      throw new UsageError(`${file} has both networks; leave --discriminator out, or name ${pair.generator}`);
    }
  }
  const names = await readdir(file).catch(() => []);
  throw new DataError(
    `${file} is a folder without generator.keras and discriminator.keras (or both as .h5, .weights.h5, .safetensors, .npz or /model.json); it has ${describeNames(names.sort(), 'nothing in it')}`,
    file,
  );
}

/** The file itself, or `model.json` in a folder; undefined for another folder. */
async function fileIn(place: string): Promise<string | undefined> {
  const entry = await stat(place).catch(() => undefined);
  if (!entry?.isDirectory()) return place;
  const model = path.join(place, 'model.json');
  return (await isFile(model)) ? model : undefined;
}

const isFile = (place: string): Promise<boolean> =>
  stat(place).then(
    entry => entry.isFile(),
    () => false,
  );
