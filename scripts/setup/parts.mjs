/**
 * The three parts of set-up, each finished or untouched if this is killed at any moment: the dependencies, the engine
 * (TensorFlow, and the small addon of the lock), the build. `--engine` alone is what those need who installed gan-dist as a package. `--quick`, which
 * `npm start` and `npm test` use, trusts the record of the last set-up instead of loading the engine (half a second).
 */
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { setUpDependencies } from './dependencies.mjs';
import { setUpEngine } from './engine.mjs';
import { setUpFileLock } from './fileLock.mjs';
import { runProgram, say } from './terminal.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = new Set(process.argv.slice(2));
const parts = {
  '--dependencies': () => setUpDependencies(root),
  '--engine': async () => {
    const missing = await setUpEngine({ thorough: !options.has('--quick') });
    return (await setUpFileLock()) || missing;
  },
  '--build': () => build(root),
};

await runProgram(async () => {
  const chosen = Object.keys(parts).filter(part => options.has(part));
  let missing = false;
  for (const part of chosen.length > 0 ? chosen : Object.keys(parts)) missing = (await parts[part]()) || missing;
  if (!missing && !options.has('--quick')) say('Everything is in place.');
});
