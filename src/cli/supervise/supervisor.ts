/**
 * The trainer's side of `--max-restarts`: what it and the process that watches over it tell each other. The environment
 * says what went before, the channel what happens; if the channel closes, the supervisor is gone.
 */
import { CrashError, StoreThreadError, WorkerError } from '../../shared/errors.js';

/** The environment variable that makes a process a supervised one. */
export const supervisedVariable = 'GAN_DIST_SUPERVISED';

/** What a supervised process is told when it is started. */
export interface Supervision {
  /** What is to be noted in the run of the crash before; undefined for the first start. */
  readonly restarted?: string;
  /** The run, if it is there, is that of a process before: it is gone on with, whatever the flags say. */
  readonly isOurs: boolean;
  /** How long the supervisor has run: `--max-time` counts from its start. */
  readonly secondsBefore: number;
}

/** What a supervised process tells. */
export type Report =
  | { readonly kind: 'begun'; readonly run: string; readonly step: number }
  | { readonly kind: 'done'; readonly step: number }
  /** Threads failed: not the user's fault, and perhaps not that of a new process. */
  | { readonly kind: 'failed'; readonly message: string };

export interface Supervisor extends Supervision {
  tell(report: Report): void;
  tellFailure(error: unknown): void;
  onGone(stop: () => void): void;
}

/**
 * The supervisor of this process, if it has one.
 * @throws CrashError when it had one, which is gone already
 */
export function findSupervisor(): Supervisor | undefined {
  const text = process.env[supervisedVariable];
  if (!text) return undefined;
  if (!process.connected) throw new CrashError('the process that watched over this one is gone; nothing was begun');
  // Programs that this one starts have no such supervisor.
  delete process.env[supervisedVariable];
  const tell = (report: Report) => void (process.connected && process.send!(report, undefined, {}, () => {}));
  return {
    ...(JSON.parse(text) as Supervision),
    tell,
    tellFailure: error => isOfThreads(error) && tell({ kind: 'failed', message: error.message }),
    onGone: stop => {
      process.once('disconnect', stop);
      // It must not keep the process alive.
      process.channel!.unref();
    },
  };
}

/** Whether a new process may do better: what is wrong with config, data, disk or numbers would be wrong there too. */
export const isOfThreads = (error: unknown): error is WorkerError | StoreThreadError =>
  error instanceof WorkerError || error instanceof StoreThreadError;
