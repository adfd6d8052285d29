/**
 * A 5×5 convolution without padding, activation and 2×2 max pooling, split by image. Bias and
 * activation come after the pooling (corners.ts).
 */
import { concat, reshape, slice } from '../tensorflow/ops.js';
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from '../tensorflow/products.js';
import type { Tensor } from '../tensorflow/tensors.js';
import { cornerGradients, poolCorners } from './corners.js';
import type { OperationImplementation } from './operation.js';

const valid = { padding: 'VALID' } as const;

/** `[n, h, w, in]` → `[n, h', w', out]`, h' half of what the convolution gives. */
export const convPool: OperationImplementation = {
  forward(operation, x, { kernel, bias }) {
    const input = reshape(x, [-1, ...operation.inputShape]);
    const corners = cutCorners(conv2d(input, kernel!, valid));
    const { output, kept } = poolCorners(corners, bias!, operation);
    return { output, kept: [input, ...kept] };
  },
  backward(operation, dOutput, [input, ...kept], { kernel }, wanted) {
    const { dCorners, dBias } = cornerGradients(kept, dOutput, operation);
    const dConvolved = joinCorners(dCorners, operation.outputShape);
    const dx = wanted.input ? conv2dInputGradient(input!.shape, kernel!, dConvolved, valid) : undefined;
    if (!wanted.parameters) return { dx, gradients: {} };
    const dKernel = conv2dKernelGradient(input!, kernel!.shape, dConvolved, valid);
    return { dx, gradients: { kernel: dKernel, bias: dBias() } };
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
