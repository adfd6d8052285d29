/** `npm ci`, when node_modules is not what package-lock.json says. No script of a dependency runs (.npmrc). */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupError, withProgress } from './terminal.mjs';

/** Returns whether anything was missing. */
export async function setUpDependencies(root) {
  if (isInstalled(root)) return false;
  // npm writes this file last; without it, an interrupted installation is seen as one.
  rmSync(join(root, 'node_modules/.package-lock.json'), { force: true });
  await withProgress(
    'dependencies: npm ci',
    () => `${countPackages(root)} packages`,
    () => runNpm(['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], root),
  );
  if (!isInstalled(root))
    throw new SetupError(
      'npm ci ended, and node_modules is not what package-lock.json says. Run "npm ci" and look at what it prints.',
    );
  return true;
}

/** Whether npm's own record in node_modules holds the versions of package-lock.json, but for other platforms' packages. */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules/.package-lock.json'));
  if (!wanted)
    throw new SetupError(
      `package-lock.json is missing in ${root} or is not JSON: this is not a whole clone of gan-dist.`,
    );
  if (!installed) return false;
  const isSame = ([path, { version }]) => installed[path]?.version === version;
  const isOptional = ([path, entry]) => path === '' || (entry.optional && !(path in installed));
  return (
    Object.entries(wanted).every(entry => isOptional(entry) || isSame(entry)) &&
    Object.keys(installed).every(path => path in wanted)
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that started us, or the one in PATH, in `folder`. */
export function runNpm(args, folder) {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js') && existsSync(npm))
    return run(process.execPath, [npm, ...args], { cwd: folder, name: 'npm' });
  return run('npm', args, { cwd: folder, shell: process.platform === 'win32' });
}

function countPackages(root) {
  const folder = join(root, 'node_modules');
  return existsSync(folder) ? readdirSync(folder).length : 0;
}
