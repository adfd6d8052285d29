/**
 * `npm run torture`: what the tests do in short, at length. Kills the real program, and lets files and workers fail in
 * every way at every place; prints the table of docs/reliability.md.
 *
 *     npm run torture -- --kills 300        two hours
 *     npm run torture -- --only SIGTERM     a part: the kills with one signal, or the long tests (sweeps)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openStatusLine } from '../../src/cli/terminal/statusLine.js';
import { type KillCounts, killAgainAndAgain } from './kills.js';

/** Tests that do more with GAN_DIST_TORTURE=1. */
const longTests = [
  'store/writing/commit',
  'store/writing/copyToPlace',
  'coordinator/pool/workerPoolSchedule',
  'coordinator/pool/workerPoolReplaced',
  'coordinator/pool/dyingThreads',
];

const signals = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;
const parts = [...signals, 'sweeps'];

const { values } = parseArgs({ options: { kills: { type: 'string', default: '300' }, only: { type: 'string' } } });
const kills = Number(values.kills);
if (!Number.isSafeInteger(kills) || kills < 1) {
  console.error(`--kills expects a count of at least 1, found ${values.kills}`);
  process.exit(2);
}
if (values.only !== undefined && !parts.includes(values.only)) {
  console.error(`--only expects one of ${parts.join(', ')}, found ${values.only}`);
  process.exit(2);
}
const isWanted = (part: string) => values.only === undefined || values.only === part;

const status = openStatusLine(process.stderr, 20_000);
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model}, ${cpus().length} threads, Node ${process.version}\n`,
);
if (values.only !== 'sweeps') await killRuns();
if (isWanted('sweeps')) await runLongTests();
status.end();

async function killRuns(): Promise<void> {
  console.log(
    '| signal | sent | runs that came to their end, all with the undisturbed bytes | moments, told from what was left |',
  );
  console.log('|---|---|---|---|');
  for (const signal of signals.filter(isWanted)) {
    const count = signal === 'SIGKILL' ? kills : Math.ceil(kills / 6);
    const folder = await mkdtemp(join(tmpdir(), 'gan-dist-torture-'));
    try {
      const onKill = (done: number) => status.draw(`${signal} ${done}/${count}`);
      const counts = await killAgainAndAgain({ folder, kills: count, signal, onKill });
      console.log(`| ${signal} | ${count} | ${counts.runs} | ${describeMoments(counts)} |`);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

function describeMoments({ moments }: KillCounts): string {
  const often = [...moments].sort(([, a], [, b]) => b - a);
  return often.map(([moment, count]) => `${count} ${moment}`).join(', ');
}

/** One after the other, in processes of their own; their counts are among what they print. */
async function runLongTests(): Promise<void> {
  const files = longTests.map(name => fileURLToPath(new URL(`../${name}.test.js`, import.meta.url)));
  const args = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files];
  const env = { ...process.env, GAN_DIST_TORTURE: '1' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
}
