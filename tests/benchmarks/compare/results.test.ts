import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import {
  type CellResult,
  mergeCell,
  type Round,
  readResults,
  writeResults,
} from '../../../benchmarks/compare/results.js';
import { addRatios, summarize, summarizeRun } from '../../../benchmarks/compare/statistics.js';
import { formatTable } from '../../../benchmarks/compare/table.js';
import { median } from '../../../src/coordinator/bench/median.js';
import { packageRoot } from '../../packageRoot.js';

const aRun = (medianMs: number, peakMiB?: number) => ({
  medianMs,
  minimumMs: medianMs - 1,
  meanMs: medianMs,
  peakMiB,
  steps: 2,
});

const aRound = (runs: Round['runs']): Round => ({ startedAt: '2026-11-26T12:00:00.000Z', loadBefore: 0.1, runs });

function aCell(batch: number, threads: number, rounds: Round[] = []): CellResult {
  const machine = { cpu: 'a CPU', instructionSets: ['avx2'], threads: 2, memoryGiB: 24, platform: 'linux-x64' };
  return {
    ...{ batch, threads, warmUp: 1, measured: 2, commit: '0123456789', changed: false, pinned: threads === 1 },
    machine: { ...machine, node: '20.19.0', tensorflow: '2.21.0' },
    ...{ images: '60000 images of MNIST', versions: { keras: { keras: '3.15.1' } }, firstLosses: {}, rounds },
    skipped: { 'gan-dist-bfloat16': 'there is no such key' },
  };
}

test('a median is the middle one, or the mean of the middle two', () => {
  assert.equal(median([9, 1, 10]), 9);
  assert.equal(median([10, 1, 9, 2]), 5.5);
});

test('a run is summed up by median, minimum, mean and peak', () => {
  const expected = { medianMs: 3, minimumMs: 1, meanMs: 5, peakMiB: 7, steps: 3 };
  assert.deepEqual(summarizeRun({ stepMs: [11, 1, 3], peakMiB: 7 }), expected);
});

test('ratios are to Keras in the same round, and their median is not the ratio of the medians', () => {
  const rounds = [
    aRound(addRatios({ keras: aRun(100, 5), 'gan-dist': aRun(50, 9) })),
    aRound(addRatios({ keras: aRun(300, 6), 'gan-dist': aRun(60, 8) })),
    aRound(addRatios({ keras: aRun(100, 4), 'gan-dist': aRun(70, 7) })),
  ];
  const expected = { medianMs: 60, minimumMs: 49, toBaseline: 0.5, peakMiB: 9 };
  assert.deepEqual(summarize({ rounds }, 'gan-dist'), expected);
  assert.equal(summarize({ rounds }, 'pytorch'), undefined);
});

test('a round without Keras has no ratios', () => {
  const runs = { 'gan-dist': aRun(50) };
  assert.deepEqual(addRatios(runs), runs);
});

test('a cell that is measured again replaces the old one, the others stay', () => {
  let results = { cells: [] as CellResult[] };
  for (const cell of [aCell(128, 1), aCell(512, 2), aCell(32, 2)]) results = mergeCell(results, cell);
  const again = aCell(512, 2, [aRound({})]);
  const { cells } = mergeCell(results, again);
  assert.deepEqual(cells, [aCell(32, 2), again, aCell(128, 1)]);
});

test('results come back from their file, and nothing else is left there', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gan-dist-results-'));
  try {
    const file = path.join(folder, 'results.json');
    assert.deepEqual(await readResults(file), { cells: [] });
    const results = { cells: [aCell(32, 2, [aRound({ keras: aRun(1, 2) })])] };
    await writeResults(file, results);
    assert.deepEqual(await readResults(file), results);
    assert.deepEqual(await readdir(folder), ['results.json']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the table has a row for each contestant and a column for each cell', () => {
  const two = addRatios({ keras: aRun(100, 800), 'gan-dist': aRun(64.96, 900) });
  const cells = [aCell(128, 2, [aRound(two)]), aCell(128, 1, [aRound(addRatios({ keras: aRun(150.4) }))])];
  assert.equal(
    formatTable({ cells }),
    `| a step, ms (× Keras); peak memory, MiB | batch 128, 2 threads | batch 128, 1 thread |
| --- | ---: | ---: |
| Keras | 100; 800 | 150; – |
| gan-dist | 65.0 (0.65 ×); 900 | – |

a CPU, 2 threads, 24 GiB, linux-x64; Node 20.19.0, TensorFlow 2.21.0 under gan-dist and tfjs; keras 3.15.1; 1 rounds, 60000 images of MNIST; 2026-11-26, commit 0123456. Not measured: gan-dist-bfloat16: there is no such key.`,
  );
});

test('the table says who took so long that fewer steps count', () => {
  const cells = [aCell(128, 2, [aRound({ keras: aRun(100), 'gan-dist': { ...aRun(10), steps: 1 } })])];
  assert.match(formatTable({ cells }), / Of fewer steps, as they took too long: gan-dist\. /);
});

test('the table in the README is the one that the committed results give', async () => {
  const readme = await readFile(new URL('README.md', packageRoot), 'utf8');
  const found = /<!-- npm run compare -- --table -->\n\n(.*?)\n\n<!-- end of the table -->/s.exec(readme)?.[1];
  const results = await readResults(new URL('benchmarks/compare/results.json', packageRoot).pathname);
  assert.equal(found, formatTable(results), 'put what "npm run compare -- --table" prints between the two comments');
});
