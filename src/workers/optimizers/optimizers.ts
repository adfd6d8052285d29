/** Every optimizer. A new one is a file beside this one, a line here, and its slots in model/optimizers.ts. */
import type { OptimizerStep } from '../../model/optimizers.js';
import { nesterov } from './nesterov.js';
import type { Optimizer } from './optimizer.js';

export const optimizers: {
  readonly [Kind in OptimizerStep['kind']]: Optimizer<Extract<OptimizerStep, { kind: Kind }>>;
} = { nesterov };
