/** Trains in this process or, with `--max-restarts`, in one that is started again when it crashes. */
import type { TrainOptions } from '../../coordinator/train.js';
import { parseDuration } from '../options/duration.js';
import { parseCount } from '../options/options.js';
import { superviseTraining } from '../supervise/superviseTraining.js';
import { findSupervisor } from '../supervise/supervisor.js';
import { trainInTerminal } from './trainInTerminal.js';

/** Flags that `train` and `resume` share. */
export interface RunFlags {
  readonly json?: boolean;
  readonly maxRestarts?: string;
  readonly maxTime?: string;
  readonly tensorboard?: string;
}

export async function startTraining(options: TrainOptions, flags: RunFlags): Promise<void> {
  const { json = false, maxRestarts, tensorboard } = flags;
  const restarts = parseCount('--max-restarts', maxRestarts, 0);
  const seconds = parseDuration('--max-time', flags.maxTime);
  const supervisor = findSupervisor();
  const maxSeconds = seconds && seconds - (supervisor?.secondsBefore ?? 0) - process.uptime();
  if (supervisor) {
    // What a person knew of the writer before the first start says nothing of one before a restart.
    const takeOver = supervisor.restarted === undefined && options.takeOver;
    const ifExists = supervisor.isOurs ? 'resume' : options.ifExists;
    return trainInTerminal(
      { ...options, ifExists, takeOver, maxSeconds, restarted: supervisor.restarted },
      { json, tensorboard, supervisor },
    );
  }
  if (restarts === undefined) return trainInTerminal({ ...options, maxSeconds }, { json, tensorboard });
  process.exitCode = await superviseTraining(options.config.output.run, options.steps, restarts);
}
