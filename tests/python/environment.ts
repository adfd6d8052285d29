/**
 * Python virtual environments, one for each list of requirements, in gan-dist's cache: made once, then reused.
 * One is made where it stays, as environments cannot be moved; a stamp written last says that it is whole.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mnistCache } from '../../src/data/mnistFiles.js';

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
  // What a script needs is listed beside it.
  const python = await findPython(new URL('requirements.txt', here(script)));
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return run(python, ['-W', 'error', fileURLToPath(here(script)), ...args], { env, maxBuffer: 2 ** 28 });
}

/**
 * The interpreter of the environment with these packages; the environment is made if it is not there.
 * @param list a requirements.txt
 * @param onMake is called before it is made, which takes a while
 */
export async function findPython(list = here('requirements.txt'), onMake = () => {}): Promise<string> {
  const requirements = await readFile(list, 'utf8');
  const name = `python-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`;
  const folder = join(dirname(mnistCache()), name);
  const python = join(folder, 'bin/python');
  const stamp = join(folder, 'complete');
  if (await exists(stamp)) return python;
  await mkdir(dirname(folder), { recursive: true });
  await makeOnce(folder, async () => {
    if (await exists(stamp)) return;
    onMake();
    await rm(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]).catch(cause => {
      const advice = 'install its venv module (on Debian and Ubuntu: apt install python3-venv)';
      throw new Error(`Python could not make a virtual environment for these tests; ${advice}`, { cause });
    });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(python, [...install, '-r', fileURLToPath(list)]);
    await writeFile(stamp, requirements);
  });
  return python;
}

/** Test files run side by side: one of them makes the folder, and the others wait. The lock names its process. */
async function makeOnce(folder: string, make: () => Promise<void>): Promise<void> {
  const lock = `${folder}.lock`;
  for (;;) {
    const taken = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (taken) break;
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    await sleep(500);
  }
  try {
    await make();
  } finally {
    await rm(lock, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
