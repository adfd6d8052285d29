#!/usr/bin/env node
/**
 * The program `gan-dist`, there before it is compiled: npx remembers what it has found in a clone, and would never look
 * again for one that was not there.
 */
import './setup/noDebugger.mjs';
import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeWrongRuntime } from './setup/runtime.mjs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (!process.env.GAN_DIST_PROGRAM) process.env.GAN_DIST_PROGRAM = nameProgram();

const problem = describeWrongRuntime() || (existsSync(main) ? '' : describeMissingBuild());
if (problem) fail(problem);
else
  import(main.href).catch(error => {
    // So few files may be open that Node cannot even read the program: it opens many at once.
    if (error.code !== 'EMFILE') throw error;
    fail('gan-dist: this process may have too few files open; type ulimit -n 1024 before the command');
  });

/** As it is called here, for the commands that it tells people to type. */
function nameProgram() {
  const script = process.argv[1];
  if (process.env.npm_command === 'exec') return 'npx gan-dist';
  const inPath = (process.env.PATH || '').split(delimiter).includes(dirname(script));
  if (inPath && basename(script) === 'gan-dist') return 'gan-dist';
  try {
    if (isFoundByNpx()) return 'npx gan-dist';
  } catch (_error) {
    // The working folder is gone: the program says so.
  }
  return /^[\w@%+:,./-]+$/.test(script) ? `node ${script}` : `node '${script.replace(/'/g, "'\\''")}'`;
}

/** In a clone, and in a project that has it as a package. */
function isFoundByNpx() {
  const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
  let folder = resolve('.');
  for (;;) {
    if (folder === root || existsSync(join(folder, 'node_modules/.bin/gan-dist'))) return true;
    if (folder === dirname(folder)) return false;
    folder = dirname(folder);
  }
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

function describeMissingBuild() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  return `gan-dist: not set up yet: run "npm run setup" in ${root} first`;
}
