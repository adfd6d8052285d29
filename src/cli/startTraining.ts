/** Trains in this process or, with `--max-restarts`, in one that is started again when it crashes. */
import type { TrainOptions } from '../coordinator/train.js';
import { parseCount } from './options.js';
import { superviseTraining } from './supervise/superviseTraining.js';
import { findSupervisor, type Supervision } from './supervise/supervisor.js';
import { trainInTerminal } from './trainInTerminal.js';

/** Flags that `train` and `resume` share. */
export interface RunFlags {
  readonly json?: boolean;
  readonly maxRestarts?: string;
}

export async function startTraining(options: TrainOptions, { json = false, maxRestarts }: RunFlags): Promise<void> {
  const restarts = parseCount('--max-restarts', maxRestarts, 0);
  const supervisor = findSupervisor();
  if (restarts !== undefined && !supervisor) process.exitCode = await superviseTraining(restarts);
  else await trainInTerminal({ ...options, ifExists: chooseIfExists(options, supervisor) }, { json, supervisor });
}

/** After a crash the run is there, and ours, unless the flags were to replace one and it had not come to that. */
function chooseIfExists({ ifExists }: TrainOptions, supervision: Supervision | undefined): TrainOptions['ifExists'] {
  const isRestart = supervision !== undefined && supervision.restart > 0;
  return isRestart && (supervision.begun || ifExists !== 'overwrite') ? 'resume' : ifExists;
}
