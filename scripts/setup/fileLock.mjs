/**
 * The addon behind the lock of a run (src/store/disk/fileLock.ts): twenty lines of C++, half a second. Without a compiler
 * there is none, and only a lock that another container left is not known to be dead.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, SetupError, say } from './terminal.mjs';
import { findCompiler } from './tools.mjs';

const source = fileURLToPath(new URL('fileLock.cc', import.meta.url));
const target = fileURLToPath(new URL('../../dist/src/store/disk/fileLock.node', import.meta.url));
const flags = ['-O2', '-fPIC', '-std=c++17', '-DNAPI_VERSION=8', '-shared'];

/** Returns whether anything was missing. Nothing of it is used but on Linux, where there are containers. */
export async function setUpFileLock() {
  if (process.platform !== 'linux' || isNewerThan(target, source)) return false;
  const compiler = findIfThere();
  if (!compiler) return false;
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.tmp-${process.pid}`;
  try {
    const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
    await run(compiler, [...flags, `-I${headers}`, source, '-o', temporary]);
    renameSync(temporary, target);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(
      `lock: its addon was not compiled, so the locks of killed containers may be refused (${error.message.split('\n')[0]})`,
    );
    return false;
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

const isNewerThan = (file, than) => existsSync(file) && statSync(file).mtimeMs >= statSync(than).mtimeMs;

function findIfThere() {
  try {
    return findCompiler();
  } catch (error) {
    if (error instanceof SetupError) return undefined;
    throw error;
  }
}
