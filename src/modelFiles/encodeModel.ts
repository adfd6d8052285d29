/** A checkpoint in the form in which other programs read a model. */
import { checkStoredConfig } from '../config/config.js';
import { networks } from '../model/description.js';
import { planModel } from '../model/plan.js';
import type { Run } from '../store/index.js';

/** What each form is: one file, or a folder with those of each network. */
export const modelFormats = { npz: 'file', safetensors: 'file', keras: 'folder', tfjs: 'folder' } as const;
export type ModelFormat = keyof typeof modelFormats;

/**
 * @returns files by path; of a format that is one file, its path is empty
 * @throws CheckpointError when there is no such checkpoint, or it is damaged
 */
export async function encodeModel(run: Run, step: number, format: ModelFormat): Promise<Map<string, Uint8Array>> {
  const tensors = await run.readCheckpoint(step);
  if (format === 'npz') {
    const { encodeNpz } = await import('./npz.js');
    return new Map([['', encodeNpz(tensors)]]);
  }
  if (format === 'safetensors') {
    const { encodeSafetensors } = await import('./safetensors.js');
    return new Map([['', encodeSafetensors(tensors, describeCheckpoint(run, step))]]);
  }
  const { model } = run.plan;
  if (format === 'tfjs') {
    const { encodeTfjs } = await import('./tfjs.js');
    const parts = networks.map(network => [network, encodeTfjs(model, network, tensors)] as const);
    return new Map(
      parts.flatMap(([network, files]) => Array.from(files, ([name, bytes]) => [`${network}/${name}`, bytes])),
    );
  }
  const { encodeKeras } = await import('./keras.js');
  const { learningRate, momentum } = checkStoredConfig(run.config, run.path).training;
  const optimizer = { learningRate, momentum, iterations: step };
  const plan = planModel(model);
  const files = new Map<string, Uint8Array>();
  for (const network of networks) {
    files.set(`${network}.keras`, await encodeKeras(plan, network, tensors, optimizer));
  }
  return files;
}

/** Strings, as the format wants them. */
function describeCheckpoint(run: Run, step: number): Record<string, string> {
  const { epoch, batch, config } = run.checkpointAttributes(step);
  return {
    program: 'gan-dist',
    runId: run.attributes.runId,
    step: `${step}`,
    epoch: `${epoch}`,
    batch: `${batch}`,
    config: JSON.stringify(config),
  };
}
