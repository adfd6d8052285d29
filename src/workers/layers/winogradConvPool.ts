/**
 * A 5×5 convolution without padding, activation and 2×2 max pooling, split by image; the 2×2
 * outputs of a window of the pooling are those of a tile of Winograd's algorithm (winograd.ts).
 */
import { concat, reshape, slice } from '../tensorflow/ops.js';
import { cornerGradients, poolCorners } from './corners.js';
import type { OperationImplementation } from './operation.js';
import { convolve, convolveBack, kernelGradient, transformKernel } from './winograd.js';

const cut = { stride: 2, padding: 0 } as const;

/** `[n, h, w, in]` → `[n, (h − 4) / 2, (w − 4) / 2, out]`; `in` is a multiple of 4. */
export const winogradConvPool: OperationImplementation = {
  prepare: (_operation, { kernel }) => ({ transformed: transformKernel(kernel!) }),
  forward(operation, x, { transformed, bias }) {
    const input = reshape(x, [-1, ...operation.inputShape]);
    const outputs = convolve(input, transformed!, cut); // [4, tiles · out]
    const corners = [0, 1, 2, 3].map(corner => slice(outputs, [corner, 0], [1, -1]));
    const { output, kept } = poolCorners(corners, bias!, operation);
    return { output, kept: [input, ...kept] };
  },
  backward(operation, dOutput, [input, ...kept], { transformed }, wanted) {
    const { dCorners, dBias } = cornerGradients(kept, dOutput, operation);
    // Before the convolution, which takes the workspace in which dOutput may lie.
    const biasGradient = wanted.parameters ? dBias() : undefined;
    const asked = { x: wanted.input, kernel: wanted.parameters };
    const { dx, dKernel } = convolveBack(input!, transformed!, cut, concat(dCorners, 0), asked);
    return { dx, gradients: dKernel ? { kernel: kernelGradient(dKernel, 5), bias: biasGradient } : {} };
  },
};
