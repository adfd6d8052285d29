/**
 * A convolution's output as four corners: corner 2 a + b has row a, column b of every 2×2 window.
 * So max pooling is elementwise, and bias and activation, which rises, come after it: a quarter of
 * the work.
 */
import type { Operation } from '../../model/shard.js';
import { addBias, biasGradient, maximum, reshape, selectEqual, subtract } from '../tensorflow/ops.js';
import type { Tensor } from '../tensorflow/tensors.js';
import { activations } from './activations.js';
import type { Forward, Kept } from './operation.js';

/**
 * Four corners, of the numbers of `[n, ...outputShape]` in any shape → max pooling, bias,
 * activation `[n, ...outputShape]`.
 */
export function poolCorners(corners: readonly Tensor[], bias: Tensor, operation: Operation): Forward {
  const [a, b, c, d] = corners as [Tensor, Tensor, Tensor, Tensor];
  const pooled = maximum(maximum(a, b), maximum(c, d));
  const sum = addBias(reshape(pooled, [-1, ...operation.outputShape]), bias);
  const output = activations[operation.activation].apply(sum);
  return { output, kept: [a, b, c, pooled, output] };
}

/**
 * The gradient of the maximum goes to the first of the four that has it, as in Keras: `dCorners` in
 * the shape of the corners; and that of the bias.
 */
export function cornerGradients(
  kept: Kept,
  dOutput: Tensor,
  { activation }: Operation,
): { dCorners: Tensor[]; dBias: () => Tensor } {
  const [a, b, c, pooled, output] = kept as unknown as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const dPooled = activations[activation].gradient(output, reshape(dOutput, output.shape));
  let left = reshape(dPooled, pooled.shape);
  const dCorners = [a, b, c].map(corner => {
    const gradient = selectEqual(corner, pooled, left);
    left = subtract(left, gradient);
    return gradient;
  });
  return { dCorners: [...dCorners, left], dBias: () => biasGradient(dPooled) };
}
