/**
 * A convolution's output as four phases: phase 2 a + b has row a, column b of every 2×2 window. So max pooling is elementwise, and
 * bias and tanh, which are monotonic, come after it: a quarter of the work.
 */
import { addBias, maximum, reshape, selectEqual, subtract, tanh, tanhGradient } from '../tensorflow/ops.js';
import type { Tensor } from '../tensorflow/tensors.js';
import type { Kept } from './layer.js';

/** Four phases, of the numbers of `[n, ...shape]` in any shape → max pooling, bias, tanh `[n, ...shape]`. */
export function poolPhases(
  phases: readonly Tensor[],
  bias: Tensor,
  shape: readonly number[],
): { output: Tensor; kept: Kept } {
  const [a, b, c, d] = phases as [Tensor, Tensor, Tensor, Tensor];
  const pooled = maximum(maximum(a, b), maximum(c, d));
  const output = tanh(addBias(reshape(pooled, [-1, ...shape]), bias));
  return { output, kept: [a, b, c, pooled, output] };
}

/**
 * The gradient of the maximum goes to the first of the four that has it, as in Keras: `dPhases` in the shape of the phases, and
 * `dPooled`, their sum, in that of the output.
 */
export function phaseGradients(kept: Kept, dOutput: Tensor): { dPhases: Tensor[]; dPooled: Tensor } {
  const [a, b, c, pooled, output] = kept as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const dPooled = tanhGradient(output, reshape(dOutput, output.shape));
  let left = reshape(dPooled, pooled.shape);
  const dPhases = [a, b, c].map(phase => {
    const gradient = selectEqual(phase, pooled, left);
    left = subtract(left, gradient);
    return gradient;
  });
  return { dPhases: [...dPhases, left], dPooled };
}
