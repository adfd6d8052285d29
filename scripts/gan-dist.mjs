#!/usr/bin/env node
/**
 * The program `gan-dist`, there before it is compiled: npx remembers what it has found in a clone, and would never look
 * again for one that was not there.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  const root = fileURLToPath(new URL('..', import.meta.url));
  process.stderr.write(`gan-dist: not set up yet: run "npm run setup" in ${root} first\n`);
  process.exitCode = 1;
}
