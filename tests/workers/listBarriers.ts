/** The barriers of a real training step, in order: one rank runs it in this thread. */

import { allocateMemory } from '../../src/memory/sharedMemory.js';
import { prepareEngineEnvironment } from '../../src/shared/engine.js';
import { firstOrder, readImages } from './startPool.js';

export async function listBarriers(discriminatorSteps: number): Promise<string[]> {
  prepareEngineEnvironment();
  const { createRanks } = await import('../../src/workers/rank.js');
  const { runOrder } = await import('../../src/workers/runOrder.js');
  const plan = { ranks: 1, slices: 2, batchSize: 2 };
  const { memory } = allocateMemory(plan);
  const order = { ...firstOrder, discriminatorSteps, rank: 0 };
  const rank = createRanks({ plan, memory, images: await readImages(2), stallSeconds: 60, precision: 'float32' })(
    order,
  );
  const names: string[] = [];
  runOrder({ ...rank, barrier: name => names.push(name) }, order);
  return names;
}
