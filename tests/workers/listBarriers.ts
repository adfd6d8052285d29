/** The meetings of a real training step, in order: one rank runs it in this thread. */
import { allocateMemory } from '../../src/memory/sharedMemory.js';
import { referencePlan } from '../../src/model/plan.js';
import { prepareEngineEnvironment } from '../../src/shared/engine.js';
import { firstOrder, readImages } from './startPool.js';

export async function listBarriers(discriminatorSteps: number): Promise<string[]> {
  prepareEngineEnvironment();
  const { createRanks } = await import('../../src/workers/rank.js');
  const { runOrder } = await import('../../src/workers/runOrder.js');
  const plan = referencePlan();
  const size = { ranks: 1, slices: 2, batchSize: 2 };
  const { memory } = allocateMemory(plan, size);
  const order = { ...firstOrder, discriminatorSteps, rank: 0 };
  const names: string[] = [];
  const start = { plan, size, memory, images: await readImages(2), stallSeconds: 60, precision: 'float32' } as const;
  const rank = createRanks(start, () => name => names.push(name))(order);
  runOrder(rank, order);
  return names;
}
