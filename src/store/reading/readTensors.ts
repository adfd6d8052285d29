/** Reads the tensors of a checkpoint, or of an epoch's generator, compared with their manifest. */
import { CheckpointError, StoreError } from '../../shared/errors.js';
import { checkpointPath, generatorPath } from '../layout.js';
import type { Tensor } from '../records.js';
import { arrayPaths } from '../zarr/zarrMetadata.js';
import { readArray } from '../zarr/zarrReader.js';
import { checkpointError, type Opened } from './opened.js';
import { verifyCheckpoint, verifyGenerator } from './verifyCheckpoint.js';

/** @throws CheckpointError naming the file when one is missing or damaged */
export async function readCheckpoint(opened: Opened, step: number, verify: boolean): Promise<Map<string, Tensor>> {
  const [problem] = verify ? await verifyCheckpoint(opened.fs, opened.run, opened, step) : [];
  if (problem) throw await checkpointError(opened, step, problem.message, problem.path);
  return readTensors(opened, step, checkpointPath(step));
}

/** @throws CheckpointError naming the file when one is missing or damaged */
export async function readGenerator(opened: Opened, step: number): Promise<Map<string, Tensor>> {
  const [problem] = await verifyGenerator(opened.fs, opened.run, opened, step);
  if (problem) throw new CheckpointError(problem.message, problem.path);
  return readTensors(opened, step, generatorPath(step));
}

async function readTensors(opened: Opened, step: number, group: string): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  const prefix = `${group}/`;
  for (const path of arrayPaths(opened.metadata).filter(path => path.startsWith(prefix))) {
    const name = path.slice(prefix.length);
    const { shape, data } = await readTensor(opened, step, path);
    tensors.set(name, { name, shape, data });
  }
  return tensors;
}

async function readTensor(
  opened: Opened,
  step: number,
  path: string,
): Promise<{ shape: readonly number[]; data: Float32Array }> {
  try {
    const { shape, data } = await readArray(opened, path);
    return { shape, data: data as Float32Array };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw await checkpointError(opened, step, error.message, error.path ?? path);
  }
}
