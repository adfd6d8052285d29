/** Activations: a function of each number, and its gradient from the output. */
import type { Activation } from '../../model/activations.js';
import { tanh, tanhGradient } from '../tensorflow/ops.js';
import type { Tensor } from '../tensorflow/tensors.js';

interface ActivationImplementation {
  apply(u: Tensor): Tensor;
  /** From the output y and its gradient to that of u. */
  gradient(y: Tensor, dy: Tensor): Tensor;
}

export const activations: Readonly<Record<Activation, ActivationImplementation>> = {
  linear: { apply: u => u, gradient: (_y, dy) => dy },
  tanh: { apply: tanh, gradient: tanhGradient },
};
