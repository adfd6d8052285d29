/** A training that is to be run, and what it leaves to be compared, whichever system runs it. */
import type { Config } from '../../src/config/config.js';

export interface Job {
  config: Config;
  /** Keras has trained so many steps when step 0 begins. */
  before?: number;
  steps: number;
  /** The numbers of steps done after which the state is kept. */
  after: readonly number[];
  /** A file of the bytes that `config.data` names, `[count, 28, 28]`. */
  images: string;
  /** For what the systems write. */
  folder: string;
  signal: AbortSignal;
  onStep(system: string, done: number): void;
}

/** Parameters, moving statistics and velocities by name. */
export type State = ReadonlyMap<string, Float32Array>;

export interface Trajectory {
  /** The program, with its version and those of what it stands on. */
  madeBy: string;
  /** One element a step. */
  dLoss: readonly number[];
  gLoss: readonly number[];
  /** Where both networks are as Keras saved them at step 0. */
  saved?: string;
  /** The state after so many steps. */
  readState(after: number): Promise<State>;
}
