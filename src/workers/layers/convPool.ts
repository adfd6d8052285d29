/**
 * A 5×5 convolution without padding, tanh and 2×2 max pooling, split by image; computed as convolution, pooling, bias, tanh: adding a
 * bias and tanh are monotonic, so they commute with the maximum and need a quarter of the work.
 */
import {
  add,
  addBias,
  biasGradient,
  concat,
  divide,
  equals,
  maxPool2,
  multiply,
  reshape,
  slice,
  tanh,
  tanhGradient,
} from '../tensorflow/ops.js';
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from '../tensorflow/products.js';
import type { Tensor } from '../tensorflow/tensors.js';
import type { LayerImplementation } from './layer.js';

const valid = { padding: 'VALID' } as const;

/** `[n, h, w, in]` → `[n, h', w', out]`, h' half of what the convolution gives. */
export const convPool: LayerImplementation = {
  forward(layer, x, { whole }) {
    const input = reshape(x, [-1, ...layer.inputShape]);
    const convolved = conv2d(input, whole('kernel'), valid);
    const pooled = maxPool2(convolved);
    const output = tanh(addBias(pooled, whole('bias')));
    return { output, kept: [input, convolved, pooled, output] };
  },
  backward(layer, dOutput, [input, convolved, pooled, output], context) {
    const dPooled = tanhGradient(output!, reshape(dOutput, [-1, ...layer.outputShape]));
    const dConvolved = poolGradient(convolved!, pooled!, dPooled);
    const kernelShape = [5, 5, layer.inputShape[2]!, layer.outputShape[2]!];
    context.gradient('bias', () => biasGradient(dPooled));
    context.gradient('kernel', () => conv2dKernelGradient(input!, kernelShape, dConvolved, valid));
    if (!context.needsInputGradient) return undefined;
    return conv2dInputGradient(input!.shape, context.whole('kernel'), dConvolved, valid);
  },
};

/**
 * Sends the gradient of each maximum to where the maximum was; equal maxima share it. (Equal maxima are common on flat
 * background, where their windows see equal inputs: sharing gives the same kernel gradient as choosing one.)
 */
function poolGradient(convolved: Tensor, pooled: Tensor, dPooled: Tensor): Tensor {
  const [n = 0, height = 0, width = 0, depth = 0] = pooled.shape;
  // A row of windows as [two rows, width, two columns · depth]: a maximum twice side by side lies as its window does.
  const twice = (t: Tensor) => reshape(concat([t, t], 3), [n * height, 1, width * 2 * depth]);
  const mask = equals(reshape(convolved, [n * height, 2, width * 2 * depth]), twice(pooled));
  const byColumn = reshape(mask, [n * height, 2, width, 2 * depth]);
  const rows = add(slice(byColumn, [0, 0, 0, 0], [-1, 1, -1, -1]), slice(byColumn, [0, 1, 0, 0], [-1, 1, -1, -1]));
  const ties = add(slice(rows, [0, 0, 0, 0], [-1, -1, -1, depth]), slice(rows, [0, 0, 0, depth], [-1, -1, -1, depth]));
  const share = divide(dPooled, reshape(ties, pooled.shape));
  return reshape(multiply(mask, twice(share)), convolved.shape);
}
