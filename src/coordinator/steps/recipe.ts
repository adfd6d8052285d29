/** What every step of a run is told. */
import type { Config } from '../../config/config.js';
import type { TrainOrder } from '../../memory/messages.js';

/** A step's order, but for the step and the rank. */
export type Recipe = Omit<TrainOrder, 'rank' | 'step'>;

export function recipeOf({ seed, discriminatorSteps, learningRate, momentum }: Config['training']): Recipe {
  const optimizer = { kind: 'nesterov', learningRate, momentum } as const;
  return { kind: 'train', seed, discriminatorSteps, optimizers: { generator: optimizer, discriminator: optimizer } };
}
