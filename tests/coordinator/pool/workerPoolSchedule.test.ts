/**
 * A rank fails at each barrier of a step, and the step is run again to the same bytes.
 * `GAN_DIST_TORTURE=1`: each rank at each, with two turns of D.
 */
import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import type { WorkerPool } from '../../../src/coordinator/pool/workerPool.js';
import type { Fault } from '../../../src/memory/fault.js';
import { listBarriers } from '../../workers/listBarriers.js';
import { fingerprints, runStep, startPool } from '../../workers/startPool.js';
import { type Failure, toFault } from '../faults.js';

const ranks = 3;
const setting = { slices: 6, batchSize: 6 };
const torture = Boolean(process.env.GAN_DIST_TORTURE);
const discriminatorSteps = torture ? 2 : 1;

let barriers: string[];
before(async () => {
  barriers = await listBarriers(discriminatorSteps);
});

test('no two barriers of a step have the same name, so an error says where in the step it was', () => {
  assert.equal(new Set(barriers).size, barriers.length);
  assert.deepEqual([barriers[0], barriers.at(-1)], ['roll-call', 'end of the order']);
});

describe('a step in which a rank fails is run again from unchanged inputs, and the failure told with its phase,', () => {
  test('when it throws at any barrier of the step', async t => {
    const failing = barriers.flatMap((_, place) =>
      (torture ? [0, 1, 2] : [place % ranks]).map(rank => ({ place, rank })),
    );
    await assertSameBytes(t, failing, 'throw', (rank, barrier) => `rank ${rank} fails on purpose at ${barrier}`);
  });

  test('when its thread ends at a barrier of the step', async t => {
    const sample = [0, barriers.length >> 1, barriers.length - 1].map((place, rank) => ({ place, rank }));
    const all = barriers.flatMap((_, place) => [0, 1, 2].map(rank => ({ place, rank })));
    await assertSameBytes(t, torture ? all : sample, 'exit', () => 'worker exited with code: 9');
  });
});

/** As many steps as there are failures, one in each. */
async function assertSameBytes(
  t: TestContext,
  failing: { place: number; rank: number }[],
  how: Fault['how'],
  reason: (rank: number, barrier: string) => string,
): Promise<void> {
  const failures = failing.map(({ place, rank }, step): Failure => ({ step, rank, barrier: barriers[place]!, how }));
  const retries: string[] = [];
  const onRetry = ({
    message,
    rank,
    step,
    phase,
  }: {
    message: string;
    rank?: number;
    step?: number;
    phase?: string;
  }) => {
    retries.push(message);
    assert.deepEqual([rank, step, phase], [failing[step!]!.rank, retries.length - 1, phaseAt(failing[step!]!.place)]);
  };
  const pool = await startPool(t, { ...setting, ranks, faults: failures.map(toFault), onRetry });
  const left = await runSteps(pool, failures.length);
  const told = failing.map(
    ({ place, rank }, step) =>
      `rank ${rank} failed in step ${step}, ${phaseAt(place)}: ${reason(rank, barriers[place]!)}`,
  );
  assert.deepEqual(retries, told);
  const unharmed = await startPool(t, { ...setting, ranks: 1 });
  assert.deepEqual(left, await runSteps(unharmed, failures.length));
  t.diagnostic(`${failures.length} cases of ${how} at ${barriers.length} barriers`);
}

const phaseAt = (place: number) => (place === 0 ? 'before the first barrier' : `after ${barriers[place - 1]}`);

/** The sum of the state's bits after each step, and what the last one left. */
async function runSteps(pool: WorkerPool, count: number) {
  const sums: bigint[] = [];
  for (let step = 0; step < count; step++) {
    await runStep(pool, { step, discriminatorSteps });
    sums.push(pool.shared.fingerprints.reduce((total, sum) => BigInt.asUintN(64, total + sum), 0n));
  }
  return { sums, state: fingerprints(pool) };
}
