/** One process writes a run: real processes, alive and dead. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LockError } from '../../../src/shared/errors.js';
import { nodeFileSystem } from '../../../src/store/disk/fileSystem.js';
import { acquireLock } from '../../../src/store/disk/lock.js';
import { describeThisProcess } from '../../../src/store/disk/processes.js';

const lockIn = async (t: TestContext): Promise<string> => {
  const { makeFolder } = await import('../testRuns.js');
  return join(await makeFolder(t), 'run.zarr.lock');
};
const acquire = (path: string) => acquireLock(nodeFileSystem, path, 'the run');

/**
 * A process that takes the lock at once, or when it is told to, says how that went, and holds it
 * until it is killed.
 */
async function startOwner(t: TestContext, path: string, wait = false) {
  const module = new URL('../../../src/store/disk/', import.meta.url);
  const code = `
    import { acquireLock } from '${new URL('lock.js', module)}';
    import { nodeFileSystem } from '${new URL('fileSystem.js', module)}';
    const go = async () => process.send(await acquireLock(nodeFileSystem, ${JSON.stringify(path)}, 'the run').then(() => 'mine', e => e.name));
    process.on('message', go);
    ${wait ? "process.send('ready');" : 'go();'}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [answer] = await once(child, 'message');
  return { child, answer };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a second process is refused, and told pid, host and start time of the first', async t => {
  const path = await lockIn(t);
  const { child } = await startOwner(t, path);
  await assert.rejects(acquire(path), (error: Error) => {
    assert.ok(error instanceof LockError);
    assert.deepEqual([error.pid, error.host], [child.pid, hostname()]);
    assert.ok(Math.abs(Date.parse(error.started!) - Date.now()) < 60_000, error.started);
    assert.equal(
      error.message,
      `the run is being written by process ${child.pid} on ${hostname()}, started ${error.started}; wait until it ends, or stop it`,
    );
    return true;
  });
});

test('the lock of a killed process is taken over', async t => {
  const path = await lockIn(t);
  const { child } = await startOwner(t, path);
  await kill(child);
  const lock = await acquire(path);
  assert.equal(lock.takenOverFrom?.pid, child.pid);
  await lock.release();
  assert.deepEqual(await readdir(dirname(path)), []);
});

const altered: [string, object, 'dead' | 'alive' | 'unknown'][] = [
  ['this process', {}, 'alive'],
  ['a pid that is used again', { startTime: '1' }, 'dead'],
  ['a start of the machine before this one', { bootId: 'other' }, 'dead'],
  ['another machine', { bootId: 'other', host: 'elsewhere' }, 'unknown'],
  ['another container on this machine', { pidNamespace: 'pid:[1]' }, 'unknown'],
  [
    'a lock that says little, of a dead process',
    { pid: 2 ** 22 + 5, bootId: undefined, startTime: undefined, pidNamespace: undefined },
    'dead',
  ],
];
for (const [name, change, expected] of altered)
  test(`an owner from ${name} is ${expected}`, {
    skip: process.platform !== 'linux' && 'written for /proc',
  }, async t => {
    const path = await lockIn(t);
    const owner = { ...(await describeThisProcess()), ...change };
    await writeFile(path, JSON.stringify(owner));
    if (expected === 'dead') return (await acquire(path)).release();
    const message =
      expected === 'alive'
        ? /is being written by/
        : /cannot be seen from here; if it does not run any more, delete .*lock$/;
    await assert.rejects(acquire(path), message);
  });

test('of many processes that find a dead owner, one takes over', async t => {
  const path = await lockIn(t);
  const contenders = await Promise.all(Array.from({ length: 6 }, () => startOwner(t, path, true)));
  for (let round = 0; round < 5; round++) {
    await writeFile(path, JSON.stringify({ ...(await describeThisProcess()), startTime: String(round) }));
    const answers = contenders.map(async ({ child }) => (await once(child, 'message'))[0]);
    for (const { child } of contenders) child.send('go');
    assert.deepEqual((await Promise.all(answers)).sort(), [
      'LockError',
      'LockError',
      'LockError',
      'LockError',
      'LockError',
      'mine',
    ]);
  }
});

test('who died while taking over does not block the next', async t => {
  const path = await lockIn(t);
  const dead = { ...(await describeThisProcess()), startTime: '1' };
  await writeFile(path, JSON.stringify(dead));
  // The same content gives the same guard: make one that a dead process holds.
  const { createHash } = await import('node:crypto');
  const id = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, 16);
  await writeFile(`${path}.takeover-${id}`, JSON.stringify({ ...dead, token: 'x' }));
  const lock = await acquire(path);
  await lock.release();
  assert.deepEqual(await readdir(dirname(path)), []);
});

test('a lock that is not ours any more is not released', async t => {
  const path = await lockIn(t);
  const lock = await acquire(path);
  await writeFile(path, 'of someone else');
  await lock.release();
  assert.equal(await readFile(path, 'utf8'), 'of someone else');
  await assert.rejects(
    acquire(path),
    new LockError(`${path} is not a lock of gan-dist; if nothing writes the run, delete it`, path),
  );
});
