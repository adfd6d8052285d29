/**
 * A pool of real worker threads in the middle of nowhere: no store, no loop; what it computes is
 * there to be looked at.
 */
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type PoolOptions, WorkerPool } from '../../src/coordinator/pool/workerPool.js';
import { readDigits } from '../../src/data/digits.js';
import type { TrainOrder } from '../../src/memory/messages.js';
import { toldElements } from '../../src/memory/sharedMemory.js';
import { initialTensor } from '../../src/model/initial.js';
import { referencePlan } from '../../src/model/plan.js';
import { readState, writeTensor } from '../../src/model/stateLayout.js';
import { sizeOfImage } from '../../src/pictures/picture.js';

/** Numbers of an embedded digit. */
const digitSize = 784;

let digits: Promise<Uint8Array> | undefined;

/** The first `count` of the embedded digits, over shared memory. */
export async function readImages(count: number): Promise<Uint8Array> {
  digits ??= readDigits();
  const images = new Uint8Array(new SharedArrayBuffer(count * digitSize));
  images.set((await digits).subarray(0, images.length));
  return images;
}

export interface TestPoolOptions extends Partial<PoolOptions> {
  seed?: number;
  imageCount?: number;
}

/** Closed when the test ends. The state is the seed's initial one. */
export async function startPool(t: TestContext, options: TestPoolOptions = {}): Promise<WorkerPool> {
  const { seed = 1, imageCount = 1000, ranks = 2, slices = 8, batchSize = 32, stallSeconds = 60, ...rest } = options;
  const { plan = referencePlan(), images = await readImages(imageCount) } = options;
  const pool = await WorkerPool.start({ ...rest, plan, ranks, slices, batchSize, stallSeconds, images });
  t.after(() => pool.close());
  for (const [place, { name, shape, initial }] of plan.tensors.entries())
    writeTensor(pool.current, pool.layout, name, initialTensor(seed, place, shape, initial));
  return pool;
}

const nesterov = { kind: 'nesterov', learningRate: 0.001, momentum: 0.9 } as const;

export const firstOrder: Omit<TrainOrder, 'rank'> = {
  kind: 'train',
  step: 0,
  seed: 1,
  discriminatorSteps: 1,
  optimizers: { generator: nesterov, discriminator: nesterov },
};

/** What a step leaves besides the state. */
export interface StepOutcome {
  dLoss: number;
  gLoss: number;
  dReal: number;
  dFake: number;
}

/** One step on the images `step · batchSize …`, or on the numbers given. */
export async function runStep(
  pool: WorkerPool,
  order: Partial<TrainOrder> & { step: number },
  batch?: ArrayLike<number>,
): Promise<StepOutcome> {
  const size = pool.shared.batch.length;
  pool.shared.batch.set(batch ?? Array.from({ length: size }, (_, i) => order.step * size + i));
  await pool.train({ ...firstOrder, ...order });
  const { dLoss, gLoss, dReal, dFake } = toldElements;
  const { told } = pool.shared;
  return { dLoss: told[dLoss]!, gLoss: told[gLoss]!, dReal: told[dReal]!, dFake: told[dFake]! };
}

/** Every tensor of the current state, row major, by name. */
export function readTensors({ current, layout }: WorkerPool): Map<string, Float32Array> {
  const tensors = readState(current.buffer as SharedArrayBuffer, layout, current.byteOffset);
  return new Map([...tensors].map(({ name, data }) => [name, data]));
}

/** A SHA-256 of each tensor, and of the losses and the fakes that the step left. */
export function fingerprints(pool: WorkerPool): Record<string, string> {
  const left: [string, Float32Array][] = [
    ['told', pool.shared.told],
    ['images', pool.shared.images.subarray(0, pool.shared.batch.length * sizeOfImage(pool.plan.model.image))],
  ];
  return Object.fromEntries([...readTensors(pool), ...left].map(([name, data]) => [name, hash(data)]));
}

/** A SHA-256: where two differ, a test says so by name and not number by number. */
export function hash(data: Float32Array): string {
  // A copy: a hash takes no shared memory.
  return createHash('sha256')
    .update(new Uint8Array(Float32Array.from(data).buffer))
    .digest('hex');
}
