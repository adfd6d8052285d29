/**
 * The signals that announce an end: from a person, a service manager, or a scheduler whose time, or processor time, is
 * up. SIGUSR1 and SIGUSR2 are what batch systems send; SIGPWR tells of a power supply that fails.
 */
import { constants } from 'node:os';

const names = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGXCPU',
  'SIGPWR',
] as const;
export type StopSignal = (typeof names)[number];

/** Those that this system has. */
export const stopSignals: readonly StopSignal[] = names.filter(name => name in constants.signals);

/** What a process exits with after a signal: 128 and the signal's number. */
export const exitCodeOf = (name: StopSignal): number => 128 + constants.signals[name];
