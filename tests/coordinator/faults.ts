/** Failures on purpose, as a pool takes them, and pools in which they happen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Fault } from '../../src/memory/fault.js';
import { fingerprints, runStep, startPool } from '../workers/startPool.js';

export type Failure = Omit<Fault, 'left'> & { times?: number };

export const toFault = ({ times = 1, ...fault }: Failure): Fault => ({
  ...fault,
  left: new Int32Array(new SharedArrayBuffer(4)).fill(times),
});

/** Lets a rank go on that came too late. */
export function wake({ left }: Fault): void {
  Atomics.store(left, 0, -1);
  Atomics.notify(left, 0);
}

/** Two steps of three ranks in which ranks fail. */
export async function trainFailing(t: TestContext, failures: Failure[], stallSeconds = 60) {
  const retries: string[] = [];
  const pool = await startPool(t, {
    ranks: 3,
    slices: 6,
    batchSize: 6,
    stallSeconds,
    faults: failures.map(toFault),
    onRetry: ({ message }, attempt) => retries.push(`${attempt}: ${message}`),
  });
  for (const step of [0, 1]) await runStep(pool, { step });
  return { retries, left: fingerprints(pool), tensors: (await pool.countTensors()).sort() };
}

/** A folder that goes with the test. */
export function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gan-dist-pool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
