/**
 * A convolution's output as four corners: corner 2 a + b has row a, column b of every 2×2 window. So max pooling is elementwise, and
 * bias and tanh, which are monotonic, come after it: a quarter of the work.
 */
import { addBias, maximum, reshape, selectEqual, subtract, tanh, tanhGradient } from '../tensorflow/ops.js';
import type { Tensor } from '../tensorflow/tensors.js';
import type { Kept } from './operation.js';

/** Four corners, of the numbers of `[n, ...shape]` in any shape → max pooling, bias, tanh `[n, ...shape]`. */
export function poolCorners(
  corners: readonly Tensor[],
  bias: Tensor,
  shape: readonly number[],
): { output: Tensor; kept: Kept } {
  const [a, b, c, d] = corners as [Tensor, Tensor, Tensor, Tensor];
  const pooled = maximum(maximum(a, b), maximum(c, d));
  const output = tanh(addBias(reshape(pooled, [-1, ...shape]), bias));
  return { output, kept: [a, b, c, pooled, output] };
}

/**
 * The gradient of the maximum goes to the first of the four that has it, as in Keras: `dCorners` in the shape of the corners, and
 * `dPooled`, their sum, in that of the output.
 */
export function cornerGradients(kept: Kept, dOutput: Tensor): { dCorners: Tensor[]; dPooled: Tensor } {
  const [a, b, c, pooled, output] = kept as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const dPooled = tanhGradient(output, reshape(dOutput, output.shape));
  let left = reshape(dPooled, pooled.shape);
  const dCorners = [a, b, c].map(corner => {
    const gradient = selectEqual(corner, pooled, left);
    left = subtract(left, gradient);
    return gradient;
  });
  return { dCorners: [...dCorners, left], dPooled };
}
