/**
 * Runs the compiled tests with Node's own runner: `npm test`, or some of them by a part of their path: `npm test -- store
 * philox`. Expects a finished build. The last line it prints is the count: `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const filters = process.argv.slice(2);
/** A file that hangs is ended, and counts as failed. */
const minutesPerFile = 10;

const files = listTests(join(root, 'dist/tests')).filter(
  file => filters.length === 0 || filters.some(filter => file.slice(root.length).includes(filter)),
);
if (files.length === 0) {
  console.error(
    filters.length > 0
      ? `No test file has ${filters.join(' or ')} in its path.`
      : 'There are no compiled tests: run "npm run build".',
  );
  process.exit(1);
}

const args = ['--test', '--test-concurrency=2', `--test-timeout=${minutesPerFile * 60_000}`, '--enable-source-maps'];
args.push(`--test-reporter=${new URL('testReporter.mjs', import.meta.url)}`, '--test-reporter-destination=stdout');
const child = spawn(process.execPath, [...args, ...files], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => {
  if (signal) console.log(`The test runner ended with ${signal}.`);
  process.exitCode = code ?? 1;
});

function listTests(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => (entry.isDirectory() ? listTests(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter(file => file.endsWith('.test.js'))
    .sort();
}
