/**
 * SIGINT and SIGTERM ask for a checkpoint first; a second SIGINT stops at once. SIGHUP does the
 * same if it was a terminal that hung up; a run without one goes on (hangup.ts).
 */
import { hasTerminal, takeOverHangup } from './hangup.js';

/** What a process exits with after a signal: 128 and the signal's number. */
export const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type StopSignal = keyof typeof exitCodes;

export interface Signals {
  readonly signal: AbortSignal;
  /** 0 unless a signal came. */
  readonly exitCode: number;
  /** As if the signal had come. */
  stop(name: StopSignal): void;
  release(): void;
}

export interface SignalListeners {
  /** The first one that stops the run. */
  onFirst(name: StopSignal): void;
  /** The one that ends the process, right after this. */
  onSecond?(): Promise<void>;
  /** One that changes nothing. */
  onIgnored?(name: StopSignal): void;
}

export function catchSignals({ onFirst, onSecond, onIgnored }: SignalListeners): Signals {
  const controller = new AbortController();
  let exitCode = 0;
  const listen = (name: StopSignal) => {
    if (name === 'SIGHUP' && !hasTerminal()) return onIgnored?.(name);
    if (exitCode === 0) {
      exitCode = exitCodes[name];
      controller.abort();
      return onFirst(name);
    }
    if (name !== 'SIGINT') return;
    // The last commit is whole whenever we stop; a lock of a dead process is taken over.
    // Node waits in `exit` for a thread in native code: should that hang, a third SIGINT ends the process.
    process.off('SIGINT', listen);
    const exit = () => process.exit(exitCodes.SIGINT);
    if (onSecond) onSecond().finally(exit);
    else exit();
  };
  const names = Object.keys(exitCodes) as StopSignal[];
  for (const name of names) process.on(name, listen);
  takeOverHangup();
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stop: listen,
    release: () => {
      for (const name of names) process.off(name, listen);
    },
  };
}
