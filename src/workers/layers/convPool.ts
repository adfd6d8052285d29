/**
 * A 5×5 convolution, tanh and 2×2 max pooling, split by image; computed as convolution, pooling, bias, tanh: adding a
 * bias and tanh are monotonic, so they commute with the maximum and need a quarter of the work.
 */
import type { LayerSpec } from '../../shared/networks.js';
import {
  add,
  addBias,
  biasGradient,
  concat,
  constantMatrix,
  conv2d,
  conv2dInputGradient,
  conv2dKernelGradient,
  depthToSpace2,
  divide,
  equals,
  matMul,
  maxPool2,
  multiply,
  reshape,
  slice,
  type Tensor,
  tanh,
  tanhGradient,
  transpose,
} from '../ops.js';
import type { LayerImplementation, SliceContext } from './layer.js';

/** `[n, h, w, in]` → `[n, h', w', out]`, h' half of what the convolution gives. */
export const convPool: LayerImplementation = {
  forward(layer, x, { whole }) {
    const input = reshape(x, [-1, ...layer.inputShape]);
    const convolved = conv2d(input, whole('kernel'), { padding: layer.padding! });
    const pooled = maxPool2(convolved);
    const output = tanh(addBias(pooled, whole('bias')));
    return { output, kept: [input, convolved, pooled, output] };
  },
  backward(layer, dOutput, [input, convolved, pooled, output], context) {
    const dPooled = tanhGradient(output!, reshape(dOutput, [-1, ...layer.outputShape]));
    const dConvolved = poolGradient(convolved!, pooled!, dPooled);
    const options = { padding: layer.padding! };
    const kernelShape = [5, 5, layer.inputShape[2]!, layer.outputShape[2]!];
    context.gradient('bias', () => biasGradient(dPooled));
    context.gradient('kernel', () => conv2dKernelGradient(input!, kernelShape, dConvolved, options));
    if (!context.needsInputGradient) return undefined;
    if (layer.inputShape[2] === 1) return conv2d2Phases(dConvolved, phaseKernel(layer, context));
    return conv2dInputGradient(input!.shape, context.whole('kernel'), dConvolved, options);
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

/**
 * The gradient to a one-channel image, `[n, 28, 28, out]` → `[n, 28, 28, 1]`: a convolution to one channel would waste
 * the vector units, so the four phases of 2×2 output blocks are the channels of one 6×6 convolution with stride 2.
 */
function conv2d2Phases(dConvolved: Tensor, kernel: Tensor): Tensor {
  return depthToSpace2(conv2d(dConvolved, kernel, { padding: 'SAME', stride: 2 }));
}

/** `[6, 6, out, 4]` from the kernel `[5, 5, 1, out]`. */
function phaseKernel(layer: LayerSpec, context: SliceContext): Tensor {
  return context.shared('phase kernel', () => {
    const depth = layer.outputShape[2]!;
    const taps = matMul(phaseTaps(), reshape(context.whole('kernel'), [25, depth])); // [6·6·4, out]
    return transpose(reshape(taps, [6, 6, 4, depth]), [0, 1, 3, 2]);
  });
}

/**
 * `[144, 25]`. The gradient at row 2 i + a takes row 2 i + a + 2 − d of dy with tap d. The 6×6 window of block i
 * starts at row 2 i − 2, so its row t has tap d = a + 4 − t; columns likewise.
 */
function phaseTaps(): Tensor {
  return constantMatrix('convPool phase taps', [144, 25], () => {
    const matrix = new Float32Array(144 * 25);
    for (let t = 0; t < 6; t++)
      for (let s = 0; s < 6; s++)
        for (let a = 0; a < 2; a++)
          for (let b = 0; b < 2; b++) {
            const [d, e] = [a + 4 - t, b + 4 - s];
            if (d < 0 || d > 4 || e < 0 || e > 4) continue;
            matrix[((t * 6 + s) * 4 + 2 * a + b) * 25 + 5 * d + e] = 1;
          }
    return matrix;
  });
}
