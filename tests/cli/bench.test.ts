import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findBest } from '../../src/cli/bench/report.js';
import { formatTable } from '../../src/cli/bench/table.js';
import type { Measurement } from '../../src/coordinator/bench/measure.js';
import { assertFails, makeTemporaryFolder, runWell } from './program.js';

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
    [4, 8, 16, 32, 64],
  );
  assert.ok(JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8')).traceEvents.length > 50);
});

test('bench says in words which number of workers to take, and which phase is the longest', () => {
  const text = runWell(folder, 'bench', ...small, '--workers=1');
  assert.match(text, /; batch 8, 8 slices, float32; 2 steps each\n/);
  assert.match(text, /^workers {2}ms\/step {2}images\/s {2}speed-up {2}arithmetic {2}wait {2}imbalance\n {6}1 +\d+ /m);
  assert.match(text, /^Only 1 worker measured; --workers 1,2 compares\.$/m);
  const [few, enough] = [
    /^Fewer slices are faster, /m,
    runWell(folder, 'bench', ...small, '--workers=1', '--set=parallel.slices=1'),
  ];
  assert.equal(few.test(text), availableParallelism() < 8);
  assert.doesNotMatch(enough, few);
  assert.match(text, /^D's turn 0, update of the convolutions +[\d.]+ /m);
  assert.match(text, /^ {3}64 {6}64 /m);
});

test('fewer workers are the best when more bring next to nothing', () => {
  const measured = (workers: number, stepMs: number): Measurement => ({ workers, stepMs, steps: [], phases: [] });
  assert.equal(findBest([measured(1, 1000), measured(2, 600), measured(4, 590)]).workers, 2);
  assert.equal(findBest([measured(1, 1000), measured(2, 600), measured(4, 500)]).workers, 4);
  assert.equal(findBest([measured(1, 500), measured(2, 600)]).workers, 1);
});

test('wrong flags are wrong usage', () => {
  const refuse = (flag: string, line: string) => assertFails(folder, ['bench', flag], 2, line);
  const expected = '--workers expects numbers from 1 to 8 (parallel.slices), such as 1,2';
  refuse('--workers=1,nine', `${expected}, found "1,nine"`);
  refuse('--workers=9', `${expected}, found "9"`);
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
