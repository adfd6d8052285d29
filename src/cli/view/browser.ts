/** Opens a page in the person's own browser, where there is a person at a desktop. */
import { spawn } from 'node:child_process';
import { hasTerminal } from '../terminal/firstSignals.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Not for a program that reads us, in CI, or at the other end of ssh. */
export function hasDesktop(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  isAtTerminal: boolean = hasTerminal(),
): boolean {
  if (!isAtTerminal || environment.CI || environment.SSH_CONNECTION || environment.SSH_TTY) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

/** The URL is on stdout too: it is no error if no browser comes up. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): void {
  const [program, ...args] = openers[platform] ?? ['xdg-open'];
  spawn(program!, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '""'],
};
