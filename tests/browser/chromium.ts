/** A real Chromium for the tests: the machine's own, or Debian's when it can be installed. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** `--no-sandbox` since tests may run as root; the others keep the browser from connections of its own. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const executable = findChromium() ?? installChromium();

/** Why browser tests cannot run here, if they cannot; in CI they must. */
export const withoutChromium: string | false = executable
  ? false
  : 'no Chromium: install "chromium" or Google Chrome, or say where one is with CHROMIUM_PATH';
if (withoutChromium && process.env.CI === 'true') throw new Error(withoutChromium);

/** With an empty profile of its own. */
export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath: executable, args: flags });

function findChromium(): string | undefined {
  const told = process.env.CHROMIUM_PATH;
  if (told) {
    if (isExecutable(told)) return told;
    throw new Error(`CHROMIUM_PATH expects a program, found ${told}`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...names.flatMap(name => folders.map(folder => join(folder, name))), ...elsewhere].find(isExecutable);
}

/** Where nobody is asked: root on a Debian, such as a container. */
function installChromium(): string | undefined {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return undefined;
  process.stderr.write('No Chromium for the browser tests: installing Debian’s (apt-get install chromium) …\n');
  // Another file of tests, or another program, may be installing too.
  for (let waits = 0; waits < 120; waits++) {
    const problem = apt('update', '-qq') ?? apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
    const found = findChromium();
    if (found) return found;
    if (!problem || !/\block\b/.test(problem)) {
      process.stderr.write(problem ?? '');
      return undefined;
    }
    spawnSync('sleep', ['5']);
  }
  return undefined;
}

/** @returns what it complains of, if it fails */
function apt(...args: string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const { status, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  return status === 0 ? undefined : stderr;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
