/**
 * What a command does about the signals that announce an end: the first asks for a checkpoint, a
 * second SIGINT stops at once. SIGHUP does so if it was a terminal that hung up; a run without one
 * goes on (firstSignals.ts).
 */
import { hasTerminal, takeOverSignals } from './firstSignals.js';
import { exitCodeOf, type StopSignal, stopSignals } from './stopSignals.js';

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
      exitCode = exitCodeOf(name);
      controller.abort();
      return onFirst(name);
    }
    if (name !== 'SIGINT') return;
    // The last commit is whole whenever we stop; a lock of a dead process is taken over.
    // Node waits in `exit` for a thread in native code: should that hang, a third SIGINT ends the process.
    process.off('SIGINT', listen);
    const exit = () => process.exit(exitCodeOf('SIGINT'));
    if (onSecond) onSecond().finally(exit);
    else exit();
  };
  for (const name of stopSignals) process.on(name, listen);
  takeOverSignals();
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stop: listen,
    release: () => {
      for (const name of stopSignals) process.off(name, listen);
    },
  };
}
