import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findBest, toText } from '../../../src/cli/bench/report.js';
import { formatTable } from '../../../src/cli/terminal/table.js';
import { resolveConfig } from '../../../src/config/readConfig.js';
import type { Measurement } from '../../../src/coordinator/bench/measure.js';
import { assertFails, makeTemporaryFolder, runWell } from '../program.js';

const folder = makeTemporaryFolder();
const small = ['--steps=2', '--set=training.batchSize=8'];

test('bench compares numbers of workers, and writes nothing but the trace', () => {
  const report = JSON.parse(runWell(folder, 'bench', ...small, '--workers=2,1', '--json', '--trace=trace.json'));
  assert.deepEqual(
    report.measurements.map(({ workers }: Measurement) => workers),
    [1, 2],
  );
  assert.ok([1, 2].includes(report.best));
  for (const { stepMs, imagesPerSecond, compute, arithmetic } of report.measurements) {
    assert.ok(Math.abs(imagesPerSecond * stepMs - 8000) < 1e-6);
    assert.ok(arithmetic > 0 && arithmetic <= compute);
  }
  assert.deepEqual(
    report.predictions.map(({ cores }: { cores: number }) => cores),
    availableParallelism() < 2 ? [] : [4, 8, 16, 32, 64],
  );
  assert.ok(JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8')).traceEvents.length > 50);
});

test('bench says in words which number of workers to take, and which phase is the longest', () => {
  const text = runWell(folder, 'bench', ...small, '--workers=1,2');
  assert.match(text, /; batch 8, 8 slices, float32; 2 steps each\n/);
  assert.match(text, /^workers {2}ms\/step {2}images\/s {2}speed-up {2}arithmetic {2}wait {2}imbalance\n {6}1 +\d+ /m);
  assert.match(text, /^(Fewer is better: t|T)ake [12] workers? \(parallel\.workers: [12]\)\./m);
  assert.match(text, /^D's turn 0, update of the convolutions +[\d.]+ /m);
  // No more slices than images.
  if (availableParallelism() >= 2) assert.match(text, /^ {3}64 {7}8 /m);
});

const measured = (workers: number, stepMs: number): Measurement => {
  const phase = { name: 'all', compute: stepMs, slowest: stepMs, arithmetic: stepMs, wait: 0 };
  return { workers, stepMs, steps: [{ ms: stepMs, ranks: [] }], phases: [phase] };
};
/** What bench says of workers and of more cores on a machine of so many threads. */
const adviceOn = (threads: number, slices: number, ...measurements: Measurement[]): string[] => {
  const config = resolveConfig({ set: [`parallel.slices=${slices}`], cwd: folder });
  return toText(config, measurements, threads)
    .split('\n')
    .filter(line => /[.:]$/.test(line) && !line.startsWith('Phases'));
};
const atBest = (cores: number) =>
  `What more cores would bring at best, against ${cores}, if each were as fast as these with all workers at work (a model: docs/performance.md):`;
const unknown =
  'What more cores would bring cannot be told without two numbers of workers, each worker on a thread of its own.';

test('the advice fits the machine', () => {
  const fewer = (settings: string) =>
    `Fewer slices are faster, for a new run that will never have more workers: compare with ${settings} (docs/performance.md).`;
  assert.deepEqual(adviceOn(8, 8, measured(1, 800), measured(2, 420)), [
    'Take 2 workers (parallel.workers: 2).',
    atBest(1),
  ]);
  assert.deepEqual(adviceOn(2, 8, measured(1, 155), measured(2, 158)), [
    'Fewer is better: take 1 worker (parallel.workers: 1). A step takes 155 ms, with 2 workers 158.',
    fewer('--set parallel.slices=2 --workers 1,2'),
    atBest(1),
  ]);
  assert.deepEqual(adviceOn(1, 2, measured(1, 158), measured(2, 155)), [
    'Fewer is better: take 1 worker (parallel.workers: 1). A step takes 158 ms, with 2 workers 155, which is no more than 3 % less.',
    '2 workers had to share 1 thread.',
    fewer('--set parallel.slices=1 --workers 1'),
    unknown,
  ]);
  assert.deepEqual(adviceOn(4, 4, measured(2, 100)), ['Only 2 workers measured; --workers 1,4 compares.', unknown]);
  assert.deepEqual(adviceOn(4, 1, measured(1, 100)), ['Only 1 worker measured.', unknown]);
});

test('fewer workers are the best when more bring next to nothing', () => {
  assert.equal(findBest([measured(1, 1000), measured(2, 600), measured(4, 590)]).workers, 2);
  assert.equal(findBest([measured(1, 1000), measured(2, 600), measured(4, 500)]).workers, 4);
  assert.equal(findBest([measured(1, 500), measured(2, 600)]).workers, 1);
});

test('wrong flags are wrong usage', () => {
  const refuse = (flag: string, line: string) => assertFails(folder, ['bench', flag], 2, line);
  const expected = '--workers expects numbers from 1 to 8, such as 1,2 (parallel.slices is 8)';
  refuse('--workers=1,nine', `${expected}, found "1,nine"`);
  refuse('--workers=9', `${expected}, found "9"`);
  assertFails(
    folder,
    ['bench', '--set=parallel.slices=1', '--workers=2'],
    2,
    '--workers expects 1 (parallel.slices is 1), found "2"',
  );
  refuse('--steps=0', '--steps expects an integer from 1 to 100000000, found 0');
  refuse('--trace=.', '--trace expects a file, but . is a folder; name a file in it, such as trace.json');
});

test('numbers of a table stand to the right, words to the left', () => {
  assert.equal(
    formatTable(
      ['what', 'n', 'part'],
      [
        ['one', '7', '5 %'],
        ['three', '12.5', '60 %'],
      ],
    ),
    'what      n  part\none       7   5 %\nthree  12.5  60 %',
  );
});
