/** What every step of a run is told. */
import type { Config } from '../../config/config.js';
import type { TrainOrder } from '../../memory/messages.js';
import type { OptimizerStep } from '../../model/optimizers.js';
import type { Plan } from '../../model/plan.js';

/** A step's order, but for the step and the rank. */
export type Recipe = Omit<TrainOrder, 'rank' | 'step'>;

export function recipeOf({ optimizers }: Pick<Plan, 'optimizers'>, training: Config['training']): Recipe {
  const { seed, discriminatorSteps } = training;
  const [generator, discriminator] = [optimizers.generator, optimizers.discriminator].map(kind =>
    optimizerSteps[kind](training),
  ) as [OptimizerStep, OptimizerStep];
  return { kind: 'train', seed, discriminatorSteps, optimizers: { generator, discriminator } };
}

/** The numbers of each kind of optimizer, from the config. */
const optimizerSteps: {
  readonly [Kind in OptimizerStep['kind']]: (training: Config['training']) => Extract<OptimizerStep, { kind: Kind }>;
} = {
  nesterov: ({ learningRate, momentum }) => ({ kind: 'nesterov', learningRate, momentum }),
};
