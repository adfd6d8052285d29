/**
 * A 5×5 convolution without padding, tanh and 2×2 max pooling, split by image; the 2×2 outputs of a window of the pooling are those of
 * a tile of Winograd's algorithm (winograd.ts).
 */
import { biasGradient, concat, reshape, slice } from '../tensorflow/ops.js';
import { cornerGradients, poolCorners } from './corners.js';
import type { LayerImplementation, SliceContext } from './operation.js';
import { convolve, convolveBack, kernelGradient, transformKernel } from './winograd.js';

const cut = { stride: 2, padding: 0 } as const;

/** `[n, h, w, in]` → `[n, (h − 4) / 2, (w − 4) / 2, out]`; `in` is a multiple of 4. */
export const winogradConvPool: LayerImplementation = {
  forward(layer, x, context) {
    const input = reshape(x, [-1, ...layer.inputShape]);
    const outputs = convolve(input, kernelOf(context), cut); // [4, tiles · out]
    const corners = [0, 1, 2, 3].map(corner => slice(outputs, [corner, 0], [1, -1]));
    const { output, kept } = poolCorners(corners, context.whole('bias'), layer.outputShape);
    return { output, kept: [input, ...kept] };
  },
  backward(_layer, dOutput, [input, ...kept], context) {
    const { dCorners, dPooled } = cornerGradients(kept, dOutput);
    const wanted = { x: context.needsInputGradient, kernel: context.isUpdated };
    const { dx, dKernel } = convolveBack(input!, kernelOf(context), cut, concat(dCorners, 0), wanted);
    context.gradient('bias', () => biasGradient(dPooled));
    context.gradient('kernel', () => kernelGradient(dKernel!, 5));
    return dx;
  },
};

const kernelOf = (context: SliceContext) =>
  context.shared('transformed kernel', () => transformKernel(context.whole('kernel')));
