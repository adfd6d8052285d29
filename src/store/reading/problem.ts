/** What is wrong with a run, for people and for `resume`. */
import { StoreError } from '../../shared/errors.js';
import type { Lost } from './lost.js';

/** Something wrong with a file of the store. */
export interface Problem {
  path: string;
  message: string;
  /** What a cut-off commit leaves behind: `resume` clears it, nothing is lost. */
  harmless: boolean;
  /** Metrics or samples that are lost with it. */
  lost?: Lost;
}

export const withLost = (problem: Problem, lost: Lost, what: string): Problem => ({
  ...problem,
  message: `${problem.message}; ${what}`,
  lost,
});

/** What is said of a file that could not be read: errors of ours say it already, others are the system's. */
export const describeUnread = (error: Error, path: string): string =>
  error instanceof StoreError ? error.message.replace(`${path} `, '') : `cannot be read: ${error.message}`;
