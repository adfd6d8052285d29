import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../../src/config/readConfig.js';
import { measureWorkers } from '../../../src/coordinator/bench/measure.js';
import { encodeTrace } from '../../../src/coordinator/bench/trace.js';
import { listBarriers } from '../../workers/listBarriers.js';

test('every phase of every rank is timed, one after the other, and the trace has them all', async () => {
  const config = resolveConfig({ set: ['data.source=mnist-10k', 'training.batchSize=8'], cwd: process.cwd() });
  const told: string[] = [];
  const onStep = (workers: number, done: number, total: number) => told.push(`${workers} ${done}/${total}`);
  const measurements = await measureWorkers({ config, workers: [1, 2], steps: 2, onStep });
  assert.deepEqual(told.slice(-3), ['2 10/12', '2 11/12', '2 12/12']);
  const barriers = await listBarriers(1);
  for (const [i, { workers, steps, phases, stepMs }] of measurements.entries()) {
    assert.equal(workers, i + 1);
    assert.deepEqual(
      phases.map(({ name }) => name),
      barriers,
    );
    assert.equal(steps.length, 2);
    assert.equal(stepMs, (steps[0]!.ms + steps[1]!.ms) / 2);
    for (const { ms, ranks } of steps) {
      assert.equal(ranks.length, workers);
      for (const times of ranks) {
        let before = times[0]!.start;
        for (const { name, start, arrived, end, arithmetic } of times) {
          assert.equal(start, before, name);
          assert.ok(start <= arrived && arrived <= end, name);
          // Two clocks of one microsecond each.
          assert.ok(arithmetic <= arrived - start + 0.01, name);
          before = end;
        }
        // The order and its answer take some time too.
        assert.ok(before - times[0]!.start <= ms, `${before - times[0]!.start} of ${ms} ms`);
        assert.ok(times.reduce((sum, { arithmetic }) => sum + arithmetic, 0) > 0);
      }
    }
  }
  assertTrace(JSON.parse(Buffer.from(encodeTrace(measurements)).toString()), barriers);
});

interface Trace {
  traceEvents: { name: string; ph: string; pid: number; tid: number; ts?: number; dur?: number }[];
}

function assertTrace({ traceEvents }: Trace, barriers: readonly string[]): void {
  const bars = traceEvents.filter(({ ph }) => ph === 'X');
  // One bar for the work and one for the wait: two steps of one rank, and two of two.
  assert.equal(bars.length, 2 * barriers.length * (2 + 4));
  assert.ok(bars.every(({ ts, dur }) => ts! > 0 && dur! >= 0));
  const rows = new Set(bars.map(({ pid, tid }) => `${pid} ${tid}`));
  assert.deepEqual([...rows].sort(), ['1 0', '2 0', '2 1']);
  assert.deepEqual(
    traceEvents.filter(({ name }) => name === 'process_name').map(({ pid }) => pid),
    [1, 2],
  );
}
