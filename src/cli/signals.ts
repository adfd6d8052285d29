/** SIGINT and SIGTERM ask for a checkpoint first; a second SIGINT stops at once. */

/** What a process exits with after a signal: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type Name = keyof typeof exitCodes;

export interface Signals {
  readonly signal: AbortSignal;
  /** 0 unless a signal came. */
  readonly exitCode: number;
  release(): void;
}

export function catchSignals(onFirst: (name: Name) => void): Signals {
  const controller = new AbortController();
  let exitCode = 0;
  const listen = (name: Name) => {
    if (exitCode !== 0) {
      // The last commit is whole whenever we stop; a lock of a dead process is taken over.
      if (name !== 'SIGINT') return;
      // Node waits here for a thread in native code: should that hang, a third SIGINT ends the process.
      process.off('SIGINT', listen);
      process.exit(exitCodes.SIGINT);
    }
    exitCode = exitCodes[name];
    controller.abort();
    onFirst(name);
  };
  const names = Object.keys(exitCodes) as Name[];
  for (const name of names) process.on(name, listen);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release: () => {
      for (const name of names) process.off(name, listen);
    },
  };
}
