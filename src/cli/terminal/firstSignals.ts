/**
 * Signals before a command says what it does about them: this is imported first.
 *
 * SIGHUP: if a terminal hangs up, the program ends; one without a terminal goes on, as under nohup. (nohup tells a
 * program by ignoring the signal for it, but Node sets all signals back when it starts.)
 *
 * SIGUSR1: the program ends, as any that does not know the signal. (Without a listener Node opens
 * its debugger's port, through which every user of the machine could run code as this one.)
 *
 * The first process of a container ends at those that would end another: without a listener the
 * kernel drops them.
 */
import { constants } from 'node:os';
import { stopSignals } from './stopSignals.js';

export const hasTerminal = (): boolean => Boolean(process.stdout.isTTY || process.stderr.isTTY);

const heard = process.pid === 1 ? stopSignals : (['SIGHUP', 'SIGUSR1'] as const);

function end(name: NodeJS.Signals): void {
  if (name === 'SIGHUP' && !hasTerminal()) return;
  process.removeAllListeners(name);
  process.kill(process.pid, name);
  // Of the first process of a container, that is dropped.
  process.exit(128 + constants.signals[name]);
}

for (const name of heard) process.on(name, end);

/** From now on the caller listens to all of them. */
export function takeOverSignals(): void {
  for (const name of heard) process.off(name, end);
}
