/** Hands the signals of a supervisor on to its child, which knows what to do with them. */
import type { ChildProcess } from 'node:child_process';
import { hasTerminal, takeOverSignals } from '../terminal/firstSignals.js';
import { exitCodeOf, stopSignals } from '../terminal/stopSignals.js';

export interface PassedSignals {
  /** 0 until the process was asked to stop. */
  readonly exitCode: number;
  readonly signal: AbortSignal;
  passTo(child: ChildProcess): void;
}

export function passSignals(): PassedSignals {
  const controller = new AbortController();
  let child: ChildProcess | undefined;
  let exitCode = 0;
  for (const name of stopSignals)
    process.on(name, () => {
      child?.kill(name);
      if (name === 'SIGHUP' && !hasTerminal()) return;
      exitCode ||= exitCodeOf(name);
      controller.abort();
    });
  takeOverSignals();
  // Ctrl-Z: who waits at the prompt wants the cores back.
  process.on('SIGTSTP', () => {
    child?.kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  });
  process.on('SIGCONT', () => child?.kill('SIGCONT'));
  return {
    get exitCode() {
      return exitCode;
    },
    signal: controller.signal,
    passTo: newest => {
      child = newest;
    },
  };
}
