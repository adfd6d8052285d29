/** A case, trained by a build's own program; what it leaves is read by this build. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { openRun } from '../../src/index.js';
import { describeEnd, type Running, runBuild } from '../../tests/buildProgram.js';
import type { Case } from './cases.js';
import type { Outcome } from './compareOutcomes.js';

/** What it left, or why it failed. */
export type Trained = Outcome | { readonly failed: string };

/** @param program - of a build; its run is deleted again */
export async function trainCase(
  program: string,
  { set, workers }: Case,
  steps: number,
  running: Running,
): Promise<Trained> {
  const all = ['data.source=mnist-10k', 'output.checkpointEvery=1000', 'output.keepGenerators=false', ...set];
  const args = ['train', '--run=run.zarr', `--workers=${workers}`, `--steps=${steps}`, '--json'];
  const run = path.join(running.cwd, 'run.zarr');
  try {
    const ended = await runBuild(program, [...args, ...all.map(setting => `--set=${setting}`)], running);
    if (ended.status !== 0) return { failed: describeEnd(ended) };
    return await readOutcome(run).catch(error => ({
      failed: `a run that cannot be read: ${(error as Error).message}`,
    }));
  } finally {
    for (const end of ['', '.png', '.tmp', '.lock']) rmSync(run + end, { recursive: true, force: true });
  }
}

async function readOutcome(store: string): Promise<Outcome> {
  const run = await openRun(store);
  const metrics = await run.readMetrics();
  const { manifest } = run.checkpointAttributes(run.chooseCheckpoint()) as { manifest?: unknown };
  const { grid, fixed } = await run.readSample((await run.readSampleSteps()).length - 1);
  return {
    metrics: new Map(
      Object.entries({
        d_loss: metrics.dLoss,
        g_loss: metrics.gLoss,
        d_real: metrics.dReal,
        d_fake: metrics.dFake,
        fake_spread: metrics.fakeSpread,
        fingerprint: metrics.fingerprint,
      }),
    ),
    files: new Map(
      Object.entries(manifest as Record<string, { sha256: string }>).map(([file, { sha256 }]) => [file, sha256]),
    ),
    pictures: new Map([
      [`grid of ${grid.height} × ${grid.width}`, hash(grid.pixels)],
      ['fixed images', hash(fixed)],
    ]),
  };
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
