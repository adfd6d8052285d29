#!/usr/bin/env node
/**
 * The program `gan-dist`, there before it is compiled: npx remembers what it has found in a clone, and would never look
 * again for one that was not there.
 */
import './setup/noDebugger.mjs';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeWrongRuntime } from './setup/runtime.mjs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
const problem = describeWrongRuntime() || (existsSync(main) ? '' : describeMissingBuild());
if (problem) fail(problem);
else
  import(main.href).catch(error => {
    // So few files may be open that Node cannot even read the program: it opens many at once.
    if (error.code !== 'EMFILE') throw error;
    fail('gan-dist: this process may have too few files open; type ulimit -n 1024 before the command');
  });

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

function describeMissingBuild() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  return `gan-dist: not set up yet: run "npm run setup" in ${root} first`;
}
