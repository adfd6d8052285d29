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
if (!problem) import(main.href);
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

function describeMissingBuild() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  return `gan-dist: not set up yet: run "npm run setup" in ${root} first`;
}
