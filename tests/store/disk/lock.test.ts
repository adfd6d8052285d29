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
import { describeJob } from '../../../src/store/disk/job.js';
import { acquireLock } from '../../../src/store/disk/lock.js';
import { describeThisProcess } from '../../../src/store/disk/processes.js';

const lockIn = async (t: TestContext): Promise<string> => {
  const { makeFolder } = await import('../testRuns.js');
  return join(await makeFolder(t), 'run.zarr.lock');
};
const acquire = (path: string, options = {}) => acquireLock(nodeFileSystem, path, 'the run', options);
/** A folder that other machines have too: nothing that this kernel says of a lock there proves anything. */
const shared = { ...nodeFileSystem, isLocal: () => false, lockFile: () => undefined };
const acquireShared = (path: string, options = {}) => acquireLock(shared, path, 'the run', options);
/** As if the process of a lock ran in a container of this machine: its number means nothing here. */
const container = { pidNamespace: 'pid:[1]' };

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
  ['a container of the same name, here or elsewhere', { bootId: 'other', ...container }, 'unknown'],
  ['another container on this machine', container, 'unknown'],
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
        : /cannot be seen from here; if you know that it does not run any more, delete \S+run\.zarr\.lock: there is no run yet$/;
    await assert.rejects(acquireShared(path), message);
    if (expected === 'alive') return assert.rejects(acquireShared(path, { takeOver: true }), message);
    const lock = await acquireShared(path, { takeOver: true });
    assert.equal(lock.takenOverFrom?.grounds, 'told');
    await lock.release();
  });

/** Changes what the lock file says, in place: the file stays the one that its owner has locked. */
async function rewrite(path: string, change: object): Promise<void> {
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }));
}

test('a process in a container of this machine is seen as long as it lives, and not a moment longer', {
  skip: process.platform !== 'linux' && 'there are no containers',
}, async t => {
  const path = await lockIn(t);
  const { child } = await startOwner(t, path);
  await rewrite(path, { ...container, host: 'pod-1' });
  const alive = new RegExp(`is being written by process ${child.pid} on pod-1`);
  await assert.rejects(acquire(path), alive);
  child.kill('SIGSTOP');
  await assert.rejects(acquire(path, { takeOver: true }), alive);
  await kill(child);
  const lock = await acquire(path);
  assert.deepEqual([lock.takenOverFrom?.pid, lock.takenOverFrom?.grounds], [child.pid, 'dead']);
  await lock.release();
  assert.deepEqual(await readdir(dirname(path)), []);
});

test('a lock that another machine’s kernel held is dead when its disk is here', {
  skip: process.platform !== 'linux' && 'written for /proc',
}, async t => {
  const path = await lockIn(t);
  const owner = { ...(await describeThisProcess()), bootId: 'other', host: 'elsewhere' };
  // One that has not seen it as a disk of its own may have had it over a network from here.
  await writeFile(path, JSON.stringify(owner));
  await assert.rejects(acquire(path), /cannot be seen from here/);
  await writeFile(path, JSON.stringify({ ...owner, kernelLock: true }));
  await (await acquire(path)).release();
});

test('an owner that lives is seen, whatever it is told of the start of its machine', async t => {
  const path = await lockIn(t);
  const { child } = await startOwner(t, path);
  // LXC and systemd-nspawn give each container a boot id of its own.
  await rewrite(path, { ...container, bootId: 'of a container', host: 'lxc-1' });
  await assert.rejects(
    acquire(path, { takeOver: true }),
    new RegExp(`is being written by process ${child.pid} on lxc-1`),
  );
});

test('without hard links the lock does not say that the kernel holds it', async t => {
  const path = await lockIn(t);
  const link = async () => {
    throw Object.assign(new Error('no hard links'), { code: 'EPERM' });
  };
  const lock = await acquireLock({ ...nodeFileSystem, link }, path, 'the run');
  assert.equal(JSON.parse(await readFile(path, 'utf8')).kernelLock, undefined);
  await assert.rejects(acquire(path), /is being written by/);
  await lock.assertOurs();
  await lock.release();
  assert.deepEqual(await readdir(dirname(path)), []);
});

const longAgo = '2026-01-01T00:00:00.000Z';
const elsewhere = { bootId: 'other', host: 'elsewhere', started: longAgo, since: longAgo };

/** The job of whoever runs the tests is none of theirs. */
for (const key of ['GAN_DIST_JOB', 'SLURM_JOB_ID', 'SLURM_RESTART_COUNT', 'SLURM_CLUSTER_NAME'])
  delete process.env[key];
const slurm = (restarts: number) => ({ SLURM_JOB_ID: '17', SLURM_RESTART_COUNT: String(restarts) });
const jobs: [string, before: NodeJS.ProcessEnv, now: NodeJS.ProcessEnv, isTakenOver: boolean][] = [
  ['a requeued Slurm job', slurm(0), slurm(1), true],
  ['the same start of a Slurm job', slurm(1), slurm(1), false],
  ['another Slurm job', { SLURM_JOB_ID: '16' }, slurm(1), false],
  ['the same Slurm job of another cluster', { ...slurm(0), SLURM_CLUSTER_NAME: 'b' }, slurm(1), false],
  ['a job that a manifest names', { GAN_DIST_JOB: 'a' }, { GAN_DIST_JOB: 'a' }, true],
  ['another job that a manifest names', { GAN_DIST_JOB: 'b' }, { GAN_DIST_JOB: 'a' }, false],
  ['no job', {}, { GAN_DIST_JOB: 'a' }, false],
];
for (const [name, before, now, isTakenOver] of jobs)
  test(`a lock that ${name} left on another machine is ${isTakenOver ? 'taken over' : 'refused'}`, async t => {
    const path = await lockIn(t);
    const owner = { ...(await describeThisProcess()), ...elsewhere, job: describeJob(before) };
    await writeFile(path, JSON.stringify(owner));
    for (const [key, value] of Object.entries(now)) {
      process.env[key] = value;
      t.after(() => delete process.env[key]);
    }
    if (!isTakenOver) return assert.rejects(acquireShared(path), LockError);
    const lock = await acquireShared(path);
    assert.equal(lock.takenOverFrom?.grounds, 'job');
    await lock.release();
  });

test('programs of one job that were started together do not take each other’s lock', async t => {
  const path = await lockIn(t);
  const job = describeJob({ GAN_DIST_JOB: 'a' });
  // It has the lock since now, and this process was started before.
  const owner = await describeThisProcess();
  await writeFile(path, JSON.stringify({ ...owner, ...elsewhere, since: owner.since, job }));
  process.env.GAN_DIST_JOB = 'a';
  t.after(() => delete process.env.GAN_DIST_JOB);
  await assert.rejects(acquireShared(path), LockError);
});

test('who was taken over is told so, and gives up nothing of the new owner', async t => {
  const path = await lockIn(t);
  const lock = await acquire(path);
  await lock.assertOurs();
  await rewrite(path, { ...elsewhere, pid: 7 });
  await assert.rejects(
    lock.assertOurs(),
    /the run is not this process’s any more: process 7 on elsewhere has taken it over; nothing more is written/,
  );
  await lock.release();
  assert.equal(JSON.parse(await readFile(path, 'utf8')).pid, 7);
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
