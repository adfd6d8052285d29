/** gan-dist as a user would run it: the library's `train`, its store, and what that gives back. */
import { readFileSync } from 'node:fs';
import { importRun, openRun, train } from '../../src/index.js';
import { describeEngine } from '../../src/shared/engine.js';
import { packageRoot } from '../packageRoot.js';
import type { Job, Trajectory } from './trajectory.js';

/** @param saved - the folder with the networks that it goes on with, if it does not begin with the seed */
export async function runGanDist({ config, steps, signal, onStep }: Job, saved?: string): Promise<Trajectory> {
  if (saved !== undefined) await importRun({ config, file: saved });
  const ifExists = saved === undefined ? 'refuse' : 'resume';
  await train({ config, ifExists, steps, signal, onStep: ({ step }) => onStep('gan-dist', step + 1) });
  signal.throwIfAborted();
  const run = await openRun(config.output.run);
  const { dLoss, gLoss } = await run.readMetrics();
  return {
    madeBy: describeVersions(),
    dLoss: [...dLoss],
    gLoss: [...gLoss],
    readState: async after => new Map([...(await run.readCheckpoint(after))].map(([name, { data }]) => [name, data])),
  };
}

function describeVersions(): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8'));
  const engine = describeEngine();
  return `gan-dist ${version} (${engine.name} ${engine.version}, TensorFlow ${engine.tensorflow})`;
}
