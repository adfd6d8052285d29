/**
 * Two signals, before a command says what it does about them: this is imported first.
 *
 * SIGHUP: if a terminal hangs up, the program ends; one without a terminal goes on, as under nohup. (nohup tells a
 * program by ignoring the signal for it, but Node sets all signals back when it starts.)
 *
 * SIGUSR1: the program ends, as any that does not know the signal. (Without a listener Node opens
 * its debugger's port, through which every user of the machine could run code as this one.)
 */
import { constants } from 'node:os';

export const hasTerminal = (): boolean => Boolean(process.stdout.isTTY || process.stderr.isTTY);

const endWithTerminal = (): void => {
  if (hasTerminal()) endBy('SIGHUP');
};
const endByUser = (): void => endBy('SIGUSR1');

/** As if nobody had listened. */
function endBy(name: NodeJS.Signals): void {
  process.removeAllListeners(name);
  process.kill(process.pid, name);
  // The first process of a container outlives signals that nobody listens to.
  process.exit(128 + constants.signals[name]);
}

process.on('SIGHUP', endWithTerminal);
process.on('SIGUSR1', endByUser);

/** From now on the caller listens to both. */
export function takeOverSignals(): void {
  process.off('SIGHUP', endWithTerminal);
  process.off('SIGUSR1', endByUser);
}
