/**
 * Makes a fresh clone ready, and does nothing when it is: `npm run setup`. What it does is in setup/parts.mjs.
 * Only Node's built-ins are imported there: this runs before `npm ci`.
 */
import './setup/noDebugger.mjs';
import { describeWrongRuntime } from './setup/runtime.mjs';

const problem = describeWrongRuntime();
if (!problem) import('./setup/parts.mjs');
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
