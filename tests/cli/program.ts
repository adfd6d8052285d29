/** The real program as a child process, and a small real run for it to work on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Steps of `makeSmallRun`: two, with a checkpoint before, between and after them. */
export const smallRun = [
  '--set=data.source=mnist-10k',
  '--set=data.limit=64',
  '--set=training.batchSize=32',
  '--set=output.checkpointEvery=1',
  '--epochs=1',
];

/** A folder that is removed when the process ends. The real path, as messages show it. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gan-dist-cli-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `gan-dist` in `cwd` to its end. */
export function runProgram(cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** As `runProgram`, for a command that must end well. @returns its stdout */
export function runWell(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = runProgram(cwd, ...args);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Asserts that a command fails with exactly this line on stderr, and says nothing on stdout. */
export function assertFails(cwd: string, args: string[], status: number, line: string): void {
  assert.deepEqual(runProgram(cwd, ...args), { status, stdout: '', stderr: `gan-dist: ${line}\n` });
}

/** Trains `small.zarr` in `folder`. @returns its path */
export function makeSmallRun(folder: string): string {
  runWell(folder, 'train', '--run', 'small.zarr', ...smallRun);
  return join(folder, 'small.zarr');
}

/** A copy of a run, to damage. */
export function copyRun(t: TestContext, run: string, name: string): string {
  const copy = join(run, '..', name);
  cpSync(run, copy, { recursive: true });
  t.after(() => rmSync(copy, { recursive: true }));
  return copy;
}
