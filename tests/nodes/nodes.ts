/**
 * Other versions of Node, out of npm's packages of nothing but Node, in gan-dist's cache: downloaded once, then reused.
 * Together they are some 220 MB to download and 520 MB on disk.
 */
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../packageRoot.js';

const { cacheFolder, makeTemporaryFolder, moveIntoPlace, removeAbandoned } = await importScript('cache.mjs');
const { runNpm } = await importScript('dependencies.mjs');

/** The oldest that package.json promises, and the newest of every later line with long-term support. */
export const promisedVersions = ['20.11.0', '22.23.3', '24.21.0', '26.10.0'] as const;
/** One that is too old: what Ubuntu 22.04 calls Node. */
export const oldVersion = '12.22.12';

const platform = `${process.platform}-${process.arch}`;
/** As `skip` of a test wants it: why npm has no such Node for this machine, or false. */
export const lacksPromised = ['linux-x64', 'linux-arm64'].includes(platform) ? false : `not in npm for ${platform}`;
export const lacksOld = platform === 'linux-x64' ? false : `not in npm for ${platform}`;

/** The executable of a version, downloaded if it is not there. */
export async function findNode(version: string): Promise<string> {
  const folder = join(cacheFolder(), 'nodes', `${version}-${platform}`);
  if (!existsSync(folder)) await download(version, folder);
  return join(folder, 'node');
}

async function download(version: string, folder: string): Promise<void> {
  const temporary = makeTemporaryFolder(folder);
  removeAbandoned(dirname(folder));
  try {
    const options = ['--prefix', temporary, '--prefer-offline', '--ignore-scripts', '--no-save', '--no-package-lock'];
    await runNpm(['install', ...options, '--no-audit', '--no-fund', `node-${platform}@${version}`], temporary);
    moveIntoPlace(join(temporary, 'node_modules', `node-${platform}`, 'bin'), folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function importScript(name: string) {
  return import(new URL(`scripts/setup/${name}`, packageRoot).href);
}
