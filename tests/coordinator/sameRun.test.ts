/**
 * Any number of workers leaves the same run: a fixed set of cases. They have 2, 3, 5, 7 and 8
 * workers, each against one; `sameRunDrawn.test.ts` draws others, and `workers/sameBytes.test.ts`
 * looks at the state alone, for more steps.
 */
import { test } from 'node:test';
import { assertSameRun, type Case } from './assertSameRun.js';

const usual: Case = {
  batchSize: 7,
  batchesPerEpoch: 2,
  slices: 8,
  seed: 1,
  shuffle: false,
  discriminatorSteps: 1,
  sampleEvery: 1,
  steps: 3,
};
const cases: [name: string, setting: Partial<Case>, workers: number[]][] = [
  ['shuffled batches of 7, of which a slice sees nothing', { shuffle: true }, [2, 7]],
  ['a batch of 2 in 3 slices, and two turns of D', { batchSize: 2, slices: 3, discriminatorSteps: 2 }, [3]],
  ['a batch of 100, in slices of unequal size', { batchSize: 100, steps: 2 }, [5]],
  ['a shuffled batch of 128 in 16 slices', { batchSize: 128, slices: 16, shuffle: true, steps: 1 }, [8]],
  ['one slice, which leaves one worker', { slices: 1 }, [2]],
];
for (const [name, setting, workers] of cases) {
  test(`${name}: the same run with 1 and ${workers.join(', ')} workers`, () =>
    assertSameRun({ ...usual, ...setting }, workers));
}
