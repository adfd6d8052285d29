/**
 * A 5×5 convolution without padding, tanh and 2×2 max pooling, split by image; computed as convolution, pooling, bias, tanh: adding a
 * bias and tanh are monotonic, so they commute with the maximum and need a quarter of the work.
 */
import { biasGradient, concat, reshape, slice } from '../tensorflow/ops.js';
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from '../tensorflow/products.js';
import type { Tensor } from '../tensorflow/tensors.js';
import { cornerGradients, poolCorners } from './corners.js';
import type { LayerImplementation } from './operation.js';

const valid = { padding: 'VALID' } as const;

/** `[n, h, w, in]` → `[n, h', w', out]`, h' half of what the convolution gives. */
export const convPool: LayerImplementation = {
  forward(layer, x, { whole }) {
    const input = reshape(x, [-1, ...layer.inputShape]);
    const corners = cutCorners(conv2d(input, whole('kernel'), valid));
    const { output, kept } = poolCorners(corners, whole('bias'), layer.outputShape);
    return { output, kept: [input, ...kept] };
  },
  backward(layer, dOutput, [input, ...kept], context) {
    const { dCorners, dPooled } = cornerGradients(kept, dOutput);
    const dConvolved = joinCorners(dCorners, layer.outputShape);
    const kernelShape = [5, 5, layer.inputShape[2]!, layer.outputShape[2]!];
    context.gradient('bias', () => biasGradient(dPooled));
    context.gradient('kernel', () => conv2dKernelGradient(input!, kernelShape, dConvolved, valid));
    if (!context.needsInputGradient) return undefined;
    return conv2dInputGradient(input!.shape, context.whole('kernel'), dConvolved, valid);
  },
};

/** The four outputs of every 2×2 window of `[n, 2 h, 2 w, c]`, each `[n · h, 1, w, c]`. */
function cutCorners(convolved: Tensor): Tensor[] {
  const [n = 0, height = 0, width = 0, depth = 0] = convolved.shape;
  // A row of windows as [two rows, width, two columns · depth].
  const windows = reshape(convolved, [(n * height) / 2, 2, width / 2, 2 * depth]);
  return [0, 1, 2, 3].map(corner => slice(windows, [0, corner >> 1, 0, (corner & 1) * depth], [-1, 1, -1, depth]));
}

/** The inverse of `cutCorners`, and so its gradient. @param shape - of the pooled image, `[h, w, c]` */
function joinCorners([a, b, c, d]: readonly Tensor[], [height = 0, width = 0, depth = 0]: readonly number[]): Tensor {
  const rows = concat([concat([a!, b!], 3), concat([c!, d!], 3)], 1);
  return reshape(rows, [-1, 2 * height, 2 * width, depth]);
}
