/** One build's process: makes the step that it is told to, with the workers, layers and libraries of its own folder. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Precision } from '../../src/config/config.js';
import type * as Own from '../../tests/workers/startPool.js';

export interface BuildSetting {
  readonly folder: string;
  readonly ranks: number;
  readonly slices: number;
  readonly batchSize: number;
  readonly precision: Precision;
}

/** What a step took, in ms. */
export interface Turn {
  readonly ms: number;
  readonly processorMs: number;
}

const { folder, ...setting } = JSON.parse(process.argv[2]!) as BuildSetting;
const { startPool, runStep }: typeof Own = await import(
  pathToFileURL(path.join(folder, 'dist/tests/workers/startPool.js')).href
);
const images = 10_000;
/** Steps until the images begin anew. */
const lap = Math.max(1, Math.floor(images / setting.batchSize));
const ends: (() => Promise<void>)[] = [];
const pool = await startPool({ after: (end: () => Promise<void>) => ends.push(end) } as never, {
  ...setting,
  imageCount: images,
});
process.on('disconnect', async () => {
  for (const end of ends) await end();
});
process.on('message', async (step: number) => {
  const [began, processor] = [performance.now(), process.cpuUsage()];
  await runStep(pool, { step: step % lap });
  const { user, system } = process.cpuUsage(processor);
  process.send!({ ms: performance.now() - began, processorMs: (user + system) / 1000 } satisfies Turn);
});
process.send!({ ms: 0, processorMs: 0 } satisfies Turn);
