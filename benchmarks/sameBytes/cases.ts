/** What is trained with both builds. Cases of one group differ in workers alone: they leave the same bytes. */

export interface Case {
  readonly name: string;
  readonly group: string;
  readonly workers: number;
  /** Besides the embedded digits. */
  readonly set: readonly string[];
}

const groups: Record<string, { workers: readonly number[]; set: readonly string[] }> = {
  plain: { workers: [1, 2, 3, 8], set: ['training.batchSize=32', 'parallel.slices=8'] },
  'two-turns': { workers: [2, 3], set: ['training.batchSize=32', 'training.discriminatorSteps=2'] },
  // Slices of 6 and of 5 images, and ranks with two slices and with one.
  'uneven-slices': { workers: [4], set: ['training.batchSize=35', 'parallel.slices=6'] },
  // Slices without an image.
  'empty-slices': { workers: [3], set: ['training.batchSize=5', 'parallel.slices=8'] },
  // 31 steps an epoch: the order changes on the way.
  shuffle: { workers: [2], set: ['training.batchSize=32', 'training.shuffle=true', 'data.limit=1000'] },
  bfloat16: { workers: [1, 2], set: ['training.batchSize=32', 'parallel.precision=bfloat16'] },
};

export const cases: readonly Case[] = Object.entries(groups).flatMap(([group, { workers: counts, set }]) =>
  counts.map(workers => ({ name: `${group}-${workers}`, group, workers, set })),
);
