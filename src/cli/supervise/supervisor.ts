/**
 * The trainer's side of `--max-restarts`: what it and the process that watches over it tell each other. The environment
 * says what went before, the channel what happens; if the channel closes, the supervisor is gone.
 */
import { WorkerError } from '../../shared/errors.js';

/** The environment variable that makes a process a supervised one. */
export const supervisedVariable = 'GAN_DIST_SUPERVISED';

/** What a supervised process is told when it is started. */
export interface Supervision {
  /** Number of this start: 0, then 1 for the first restart. */
  readonly restart: number;
  readonly maxRestarts: number;
  /** What is to be noted in the run of the crash before; undefined for the first start. */
  readonly reason?: string;
  /** The run is there, made or opened by a process before: it is gone on with, whatever the flags say. */
  readonly begun: boolean;
}

/** What a supervised process tells. */
export type Report =
  | { readonly kind: 'begun'; readonly run: string; readonly step: number }
  | { readonly kind: 'done'; readonly step: number }
  /** Workers failed: not the user's fault, and perhaps not that of a new process. */
  | { readonly kind: 'workers failed'; readonly message: string };

export interface Supervisor extends Supervision {
  tell(report: Report): void;
  tellFailure(error: unknown): void;
  onGone(stop: () => void): void;
}

/** The supervisor of this process, if it has one. */
export function findSupervisor(): Supervisor | undefined {
  const text = process.env[supervisedVariable];
  if (!text || !process.channel) return undefined;
  // Programs that this one starts have no such supervisor.
  delete process.env[supervisedVariable];
  const tell = (report: Report) => void (process.connected && process.send!(report, undefined, {}, () => {}));
  return {
    ...(JSON.parse(text) as Supervision),
    tell,
    tellFailure: error => error instanceof WorkerError && tell({ kind: 'workers failed', message: error.message }),
    onGone: stop => {
      process.once('disconnect', stop);
      // It must not keep the process alive.
      process.channel!.unref();
    },
  };
}
