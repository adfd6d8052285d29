/**
 * Makes a fresh clone ready, and does nothing when it is: `npm run setup`.
 *
 * Three parts, each finished or untouched if this is killed at any moment: the dependencies, the engine (TensorFlow), the
 * build. `--engine` alone is what those need who installed gan-dist as a package. `--quick`, which `npm start` and
 * `npm test` use, trusts the record of the last set-up instead of loading the engine (half a second).
 * Only Node's built-ins are imported here: this runs before `npm ci`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from './setup/build.mjs';
import { setUpDependencies } from './setup/dependencies.mjs';
import { setUpEngine } from './setup/engine.mjs';
import { runProgram, SetupError, say } from './setup/terminal.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const options = new Set(process.argv.slice(2));
const parts = {
  '--dependencies': () => setUpDependencies(root),
  '--engine': () => setUpEngine({ thorough: !options.has('--quick') }),
  '--build': () => build(root),
};

await runProgram(async () => {
  assertNode();
  const chosen = Object.keys(parts).filter(part => options.has(part));
  let missing = false;
  for (const part of chosen.length > 0 ? chosen : Object.keys(parts)) missing = (await parts[part]()) || missing;
  if (!missing && !options.has('--quick')) say('Everything is in place.');
});

function assertNode() {
  const { engines } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const oldest = engines.node.replace('>=', '');
  const isOld = process.versions.node.localeCompare(oldest, 'en', { numeric: true }) < 0;
  if (isOld) throw new SetupError(`gan-dist needs Node ${oldest} or later; this is ${process.versions.node}.`);
}
