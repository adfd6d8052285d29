/**
 * A Python virtual environment with the packages of requirements.txt, in gan-dist's cache: made once, then reused.
 * It is made where it stays, as environments cannot be moved; a stamp written last says that it is whole.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { mnistCache } from '../../src/coordinator/datasets/mnistFiles.js';

const run = promisify(execFile);
const here = (name: string): URL => new URL(`../../../tests/python/${name}`, import.meta.url);

export interface Answer {
  stdout: string;
  stderr: string;
}

/**
 * Runs a script of tests/python with warnings as errors.
 * @throws Error with what Python said
 */
export async function runPython(script: string, ...args: string[]): Promise<Answer> {
  return run(await findPython(), ['-W', 'error', here(script).pathname, ...args], { maxBuffer: 2 ** 28 });
}

/** The environment's interpreter; the environment is made if it is not there. */
export async function findPython(): Promise<string> {
  const requirements = await readFile(here('requirements.txt'), 'utf8');
  const name = `python-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`;
  const folder = join(dirname(mnistCache()), name);
  const python = join(folder, 'bin/python');
  const stamp = join(folder, 'complete');
  if (await exists(stamp)) return python;
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await run('python3', ['-m', 'venv', folder]).catch(cause => {
    const advice = 'install its venv module (on Debian and Ubuntu: apt install python3-venv)';
    throw new Error(`Python could not make a virtual environment for these tests; ${advice}`, { cause });
  });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(python, [...install, '-r', here('requirements.txt').pathname]);
  await writeFile(stamp, requirements);
  return python;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
