/**
 * SIGHUP, before a command says what it does about it: this is imported first. If a terminal hangs
 * up, the program ends; one without a terminal goes on, as under nohup. (nohup tells a program by
 * ignoring the signal for it, but Node sets all signals back when it starts.)
 */
export const hasTerminal = (): boolean => Boolean(process.stdout.isTTY || process.stderr.isTTY);

function endWithTerminal(): void {
  if (!hasTerminal()) return;
  process.off('SIGHUP', endWithTerminal);
  process.kill(process.pid, 'SIGHUP');
}

process.on('SIGHUP', endWithTerminal);

/** From now on the caller listens. */
export const takeOverHangup = (): void => void process.off('SIGHUP', endWithTerminal);
