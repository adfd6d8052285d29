/**
 * Threads that die at any moment of their start, as under a monitoring agent that is preloaded into
 * every thread and fails there: the program ends with their reason, and neither hangs nor crashes.
 * `GAN_DIST_TORTURE=1`: every 25 ms of the first 1.5 s, all ways to die, in all threads.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { main, smallRun } from '../../cli/program.js';
import { makeFolder } from '../faults.js';

const isLong = Boolean(process.env.GAN_DIST_TORTURE);
const everyMoment = Array.from({ length: 61 }, (_, i) => 25 * i);
const onlyLong = { skip: !isLong && 'only with GAN_DIST_TORTURE=1' };

interface Death {
  /** What the agent does in a thread. */
  readonly code: string;
  /** What is said of it. */
  readonly reason: RegExp;
  /** In which threads; those that are not named live. */
  readonly threads?: string;
  readonly flags?: string;
}

const thrown: Death = { code: `throw new Error('not made for threads')`, reason: /not made for threads/ };
const exited: Death = { code: 'process.exit(3)', reason: /exit code 3|exited with code: 3/ };

/** Both in the same moment, and slow to be gone: what they started must end first. */
const thrownAtOnce: Death = {
  ...thrown,
  code: `
    const nested = \`require('node:child_process').execFileSync('sleep', ['1.5'])\`;
    new Worker(nested, { eval: true, workerData: 'nested' }).on('online', () => {
      const next = 500 * Math.ceil(Date.now() / 500 + 0.3);
      while (Date.now() < next);
      ${thrown.code};
    });`,
  threads: `workerData !== 'nested'`,
};

test('a thread that exits while it starts ends the run with its reason', t => dieAt(t, exited, [400]));
// Which of them is told of first is chance.
test('threads that throw in one moment while they start end the run with their reason', t =>
  dieAt(t, thrownAtOnce, [0]));

test('at every moment', onlyLong, async t => {
  const ways: Record<string, Death> = {
    'a thread throws': thrown,
    'a thread exits': exited,
    'a thread rejects a promise': { ...thrown, code: `Promise.reject(new Error('not made for threads'))` },
    'a thread fills its heap': {
      code: 'const all = []; for (;;) all.push(Array.from({ length: 1e4 }, Math.random))',
      reason: /reaching memory limit/,
      flags: '--max-old-space-size=80',
    },
    'the thread of the store throws': { ...thrown, threads: `'fileSystemModule' in (workerData ?? {})` },
    'the thread of the store exits': { ...exited, threads: `'fileSystemModule' in (workerData ?? {})` },
    // 1 and 2 are the first of the pool, and 3 is the store's.
    'every thread that replaces one throws': {
      code: `if (threadId > 3) ${thrown.code}; setTimeout(() => process.exit(3), 1500)`,
      reason: /not made for threads/,
      threads: 'threadId === 1 || threadId > 3',
    },
  };
  for (const [name, death] of Object.entries(ways)) await t.test(name, t => dieAt(t, death, everyMoment));
});

test('a deprecation that is thrown in a thread ends the run with its text', onlyLong, t => {
  const NODE_OPTIONS = '--throw-deprecation --pending-deprecation';
  for (let i = 0; i < 10; i++) assertEnds(t, i, train(t, { NODE_OPTIONS }), /a worker thread ended while it started: /);
});

function dieAt(t: TestContext, { code, reason, threads = 'true', flags = '' }: Death, moments: readonly number[]) {
  const agent = join(makeFolder(t), 'agent.cjs');
  writeFileSync(
    agent,
    `const { isMainThread, threadId, Worker, workerData } = require('node:worker_threads');
     if (!isMainThread && (${threads})) setTimeout(() => { ${code} }, process.env.AGENT_MS);`,
  );
  const NODE_OPTIONS = `--require ${agent} ${flags}`;
  for (const ms of moments) assertEnds(t, ms, train(t, { NODE_OPTIONS, AGENT_MS: String(ms) }), reason);
}

function train(t: TestContext, env: NodeJS.ProcessEnv) {
  const args = ['train', '--run', join(makeFolder(t), 'r.zarr'), '--workers=2', ...smallRun];
  const began = performance.now();
  const { status, signal, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  return { status, signal, stderr, seconds: (performance.now() - began) / 1000 };
}

function assertEnds(t: TestContext, ms: number, ended: ReturnType<typeof train>, reason: RegExp): void {
  const { status, signal, stderr, seconds } = ended;
  if (isLong) t.diagnostic(`${ms} ms: ${status ?? signal} after ${seconds.toFixed(1)} s`);
  // A thread that lives long enough has done its work.
  if (status === 0 && isLong) return;
  assert.deepEqual({ status, signal }, { status: 1, signal: null }, `${ms} ms: ${stderr}`);
  assert.match(stderr.trimEnd().split('\n').at(-1)!, reason);
}
