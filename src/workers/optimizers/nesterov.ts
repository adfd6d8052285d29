/**
 * Nesterov momentum (Sutskever et al. 2013), as Keras writes it; the formula is at its routine
 * (webAssembly/assembly/routines.ts).
 */
import type { NesterovStep } from '../../model/optimizers.js';
import type { Optimizer } from './optimizer.js';

export const nesterov: Optimizer<NesterovStep> = (routines, { step, count, from, to, gradient }) =>
  routines.nesterov(
    from.parameter,
    from.slots.velocity!,
    gradient,
    to.parameter,
    to.slots.velocity!,
    count,
    step.learningRate,
    step.momentum,
  );
