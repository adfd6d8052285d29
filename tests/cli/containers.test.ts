/** A container of a run is killed, and another takes its place: namespaces as Docker's, with the real program. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeFileSystem, openRun } from '../../src/store/index.js';
import { main, makeTemporaryFolder, runProgram } from './program.js';

/** Numbers of processes, a host name and a network of its own; what is in it dies with the process that made it. */
const container = ['--pid', '--fork', '--kill-child', '--mount', '--mount-proc', '--uts', '--net', '--ipc'];
const isRoot = process.getuid?.() === 0;
const unshare = isRoot ? container : ['--user', '--map-root-user', ...container];
const canUnshare = spawnSync('unshare', [...unshare, 'true']).status === 0;

test('a run whose container was killed goes on in the container that replaces it', {
  skip: !canUnshare && 'namespaces cannot be made here',
}, async () => {
  const folder = makeTemporaryFolder();
  const args = ['train', '--resume', '--run=r.zarr', '--workers=2', '--set=data.source=mnist-10k'];
  const sizes = ['--set=training.batchSize=8', '--set=output.checkpointEvery=2'];
  const inContainer = (name: string, ...more: string[]) =>
    ['sh', '-c', 'hostname "$0"; exec "$@"', name, process.execPath, main, ...args, ...sizes, ...more] as const;

  const first = spawn('unshare', [...unshare, ...inContainer('pod-1', '--json')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(first, 'exit');
  for await (const line of createInterface({ input: first.stdout })) {
    if (JSON.parse(line).step < 3) continue;
    // While it runs it is seen, though its number and its host's name mean nothing here.
    const refused = runProgram(folder, 'resume', 'r.zarr', '--steps=1000');
    assert.match(refused.stderr, /r\.zarr is being written by process 1 on pod-1, /);
    first.kill('SIGKILL');
    break;
  }
  await exited;
  // What was in it is being ended, which the kernel may take a moment for.
  await untilFree(join(folder, 'r.zarr.lock'));
  const done = (await openRun(join(folder, 'r.zarr'))).latest!.step;

  const { status, stderr } = spawnSync('unshare', [...unshare, ...inContainer('pod-2', `--steps=${done + 4}`)], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^took over the lock of process 1 on pod-1, which is gone$/m);
  assert.equal((await openRun(join(folder, 'r.zarr'))).latest?.step, done + 4);
});

async function untilFree(lock: string): Promise<void> {
  for (let waits = 0; waits < 600; waits++) {
    const probe = nodeFileSystem.lockFile(lock, false);
    if (probe !== 'taken') return probe?.release();
    await sleep(50);
  }
  assert.fail(`${lock} is held for half a minute after the process was killed`);
}
