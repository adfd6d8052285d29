/** Trains in this process or, with `--max-restarts`, in one that is started again when it crashes. */
import type { TrainOptions } from '../../coordinator/train.js';
import { parseCount } from '../options/options.js';
import { superviseTraining } from '../supervise/superviseTraining.js';
import { findSupervisor } from '../supervise/supervisor.js';
import { trainInTerminal } from './trainInTerminal.js';

/** Flags that `train` and `resume` share. */
export interface RunFlags {
  readonly json?: boolean;
  readonly maxRestarts?: string;
  readonly tensorboard?: string;
}

export async function startTraining(options: TrainOptions, flags: RunFlags): Promise<void> {
  const { json = false, maxRestarts, tensorboard } = flags;
  const restarts = parseCount('--max-restarts', maxRestarts, 0);
  const supervisor = findSupervisor();
  if (supervisor) {
    const ifExists = supervisor.isOurs ? 'resume' : options.ifExists;
    return trainInTerminal(
      { ...options, ifExists, restarted: supervisor.restarted },
      { json, tensorboard, supervisor },
    );
  }
  if (restarts === undefined) return trainInTerminal(options, { json, tensorboard });
  process.exitCode = await superviseTraining(options.config.output.run, options.steps, restarts);
}
