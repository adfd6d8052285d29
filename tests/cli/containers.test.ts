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
  const sizes = ['--set=training.batchSize=8', '--set=output.checkpointEvery=2', '--steps=8'];
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
    const refused = runProgram(folder, 'resume', 'r.zarr');
    assert.match(refused.stderr, /r\.zarr is being written by process 1 on pod-1, /);
    first.kill('SIGKILL');
    break;
  }
  await exited;
  // What was in it is being ended, which the kernel may take a moment for.
  while (nodeFileSystem.lockFile(join(folder, 'r.zarr.lock'), false) === 'taken') await sleep(50);

  const { status, stderr } = spawnSync('unshare', [...unshare, ...inContainer('pod-2')], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^took over the lock of process 1 on pod-1, which is gone$/m);
  assert.equal((await openRun(join(folder, 'r.zarr'))).latest?.step, 8);
});
