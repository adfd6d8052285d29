/** A case as both systems take it: one config, the images that it names as a file of bytes, and a folder of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadDataset } from '../../src/data/loadDataset.js';
import { type Config, resolveConfig } from '../../src/index.js';
import type { Case } from './cases.js';
import { comparedStates } from './compare.js';
import type { Job } from './trajectory.js';

type Rest = Pick<Job, 'steps' | 'signal' | 'onStep'> & { dataDir?: string };

/**
 * Gives the job to `run`, and removes what it wrote.
 * @throws DataError if the images are missing or damaged
 */
export async function withJob<T>(setting: Case, { dataDir, ...rest }: Rest, run: (job: Job) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gan-dist-conformance-'));
  try {
    const after = comparedStates(rest.steps);
    const config = configOf(setting, after, folder, dataDir);
    const images = path.join(folder, 'images');
    await writeFile(images, (await loadDataset(config.data)).images);
    return await run({ ...rest, before: setting.before, config, after, images, folder });
  } finally {
    // A reference that was stopped may still be writing.
    await rm(folder, { recursive: true, maxRetries: 10 });
  }
}

/** Learning rate and momentum are left as they are: the defaults have to be the reference's. */
function configOf(setting: Case, after: number[], folder: string, dataDir?: string): Config {
  return resolveConfig({
    flags: {
      'data.source': setting.source,
      'data.dir': setting.source === 'mnist' ? dataDir : undefined,
      'data.limit': setting.limit,
      'training.batchSize': setting.batchSize,
      'training.seed': setting.seed,
      'training.discriminatorSteps': setting.discriminatorSteps,
      'training.shuffle': setting.shuffle,
      'parallel.workers': setting.workers,
      'output.run': path.join(folder, 'run.zarr'),
      // The second state that is looked at; the first one and the last are kept anyhow.
      'output.checkpointEvery': after[1],
      'output.keep': 0,
    },
    cwd: folder,
  });
}
