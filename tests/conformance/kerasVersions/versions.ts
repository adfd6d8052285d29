/** The versions of Keras, and a Python for each: those of Keras 3 share an environment and differ in one folder. */
import { execFile } from 'node:child_process';
import { access, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../packageRoot.js';
import { findPython } from '../../python/environment.js';

/** tf.keras 2.15, the first Keras 3 and the last of each of its minor versions. */
export const versions = [
  ...['2.15.0', '3.0.0', '3.0.5', '3.1.1', '3.2.1', '3.3.3', '3.4.1', '3.5.0', '3.6.0', '3.7.0', '3.8.0', '3.9.2'],
  ...['3.10.0', '3.11.3', '3.12.4', '3.13.2', '3.14.1', '3.15.1'],
] as const;

export interface Keras {
  readonly version: string;
  /** Runs a script of the project. @throws Error with what Python said */
  run(script: string, ...args: string[]): Promise<string>;
}

const execute = promisify(execFile);
const place = (name: string): URL => new URL(name, packageRoot);

export async function openVersion(version: string, say: (text: string) => void, signal: AbortSignal): Promise<Keras> {
  const list = place(`tests/conformance/kerasVersions/${version.startsWith('2') ? 'keras2' : 'requirements'}.txt`);
  const python = await findPython(list, () => say('Making a Python environment: some minutes'));
  const folder = version.startsWith('2') ? undefined : await install(version, python);
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    TF_CPP_MIN_LOG_LEVEL: '3',
    ...(folder !== undefined && { KERAS_BACKEND: 'jax', PYTHONPATH: folder }),
  };
  return {
    version,
    async run(script, ...args) {
      const { stdout } = await execute(python, [fileURLToPath(place(script)), ...args], {
        env,
        signal,
        maxBuffer: 2 ** 28,
      });
      return stdout;
    },
  };
}

/** Beside the environment's own packages. */
async function install(version: string, python: string): Promise<string> {
  const folder = path.join(path.dirname(python), '..', 'keras', version);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  const making = `${folder}.making`;
  await rm(making, { recursive: true, force: true });
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--target', making];
  await execute(python, ['-m', 'pip', 'install', ...options, `keras==${version}`]);
  await rename(making, folder);
  return folder;
}
