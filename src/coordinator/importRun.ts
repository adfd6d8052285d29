/**
 * A new run whose initial state is not the seed's but a model from outside: its checkpoint 0.
 * `resume` goes on from there. Nothing is written before everything has been read and found good.
 *
 *     gan-dist import mine.safetensors --run runs/mine.zarr
 */
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.js';
import { assertBatchFits, describeDataset, loadDataset } from '../data/loadDataset.js';
import { referencePlan } from '../model/plan.js';
import type { Match } from '../modelFiles/foundTensors.js';
import { type ReadFile, readModel } from '../modelFiles/readModel.js';
import { describeEngine } from '../shared/engine.js';
import { StoreError } from '../shared/errors.js';
import { assertRunPath, checkSpace, createRun } from '../store/index.js';
import { assertImagesFit } from './opening/openTraining.js';
import { planSchedule } from './steps/schedule.js';

export interface ImportOptions {
  /** Complete and checked: `resolveConfig` makes one. `output.run` says where. */
  readonly config: Config;
  /** `.safetensors`, `.npz`, `.keras`, `.h5`, `.weights.h5`, a tfjs `model.json`, or a folder that `gan-dist export` made. */
  readonly file: string;
  /** Where the discriminator is, if `file` has only the generator. */
  readonly discriminator?: string;
  /** Delete the run if it is there. */
  readonly overwrite?: boolean;
}

export interface Imported {
  /** Absolute path of the store. */
  readonly run: string;
  readonly files: readonly ReadFile[];
  /** What a person should know, such as velocities that no file had. */
  readonly notes: readonly string[];
  /** Where the files' names are not those of the store: which tensor was taken for which. */
  readonly matches: readonly Match[];
}

/**
 * Makes the run.
 * @throws DataError for a model that cannot be taken, or images that are missing; ConfigError, StoreError, LockError
 */
export async function importRun({ config, file, discriminator, overwrite = false }: ImportOptions): Promise<Imported> {
  const path = config.output.run;
  await assertNew(path, overwrite);
  const plan = referencePlan();
  const { tensors, files, notes: ofModel, matches } = await readModel(plan, file, discriminator);
  const dataset = await loadDataset(config.data);
  const notes = [...ofModel, ...(dataset.notes ?? [])];
  const data = describeDataset(dataset);
  assertImagesFit(dataset, plan.model);
  assertBatchFits(config.training.batchSize, data);
  await checkSpace(plan, path);
  const description = {
    config: config as unknown as Record<string, unknown>,
    data: { ...data },
    engine: { ...describeEngine() },
    batchSize: config.training.batchSize,
    model: plan.model,
    // From the first commit on: a run that was begun so must never go on from its seed.
    events: [{ step: 0, time: new Date().toISOString(), kind: 'imported', message: describe(files, notes), files }],
  };
  const writer = await createRun(path, description, { ...config.output, overwrite });
  try {
    await writer.commitCheckpoint(planSchedule(config, data.count).positionAt(0), tensors);
  } finally {
    await writer.close();
  }
  return { run: writer.path, files, notes, matches };
}

/** As `train` refuses one, with the commands that there are here. */
async function assertNew(path: string, overwrite: boolean): Promise<void> {
  await assertRunPath(path, { overwrite: true });
  if (overwrite || !existsSync(path)) return;
  throw new StoreError(`${path} exists; choose another --run, or delete and replace it with --overwrite`, path);
}

function describe(files: readonly ReadFile[], notes: readonly string[]): string {
  const from = files.map(({ file, sha256 }) => `${file} (SHA-256 ${sha256.slice(0, 12)}…)`).join(', ');
  return [`imported from ${from}`, ...notes].join('; ');
}
