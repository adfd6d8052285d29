/**
 * A 5×5 'same' convolution of a one-channel image, tanh and 2×2 max pooling, split by image. The
 * four outputs of a window of the pooling see one 6×6 patch of the image, so they are four products
 * of the patches with the kernel, shifted by nought or one row and column: products of matrices are
 * faster than convolutions of a single channel, the maximum is elementwise, and a patch serves
 * forward and backward. They are too thin to gain by bfloat16. As in convPool, bias and tanh come
 * after the maximum.
 */
import { addAll, type ConstantMatrix, concat, constantMatrix, reshape, slice } from '../tensorflow/ops.js';
import { matMulExact } from '../tensorflow/products.js';
import type { Tensor, Tensors } from '../tensorflow/tensors.js';
import { addPatches, cutPatches } from '../webAssembly/patches.js';
import { cornerGradients, poolCorners } from './corners.js';
import type { OperationImplementation } from './operation.js';

const patchSize = 6;
const taps = patchSize * patchSize;

/** `[n, h, w, 1]` → `[n, h / 2, w / 2, out]`. */
export const imageConvPool: OperationImplementation = {
  prepare({ outputShape }, { kernel }) {
    const all = matMulExact(cornerTaps().matrix, reshape(kernel!, [25, outputShape[2]!]));
    const corners = [0, 1, 2, 3].map(corner => [
      `corner${corner}`,
      slice(all, [taps * corner, 0], [taps, outputShape[2]!]),
    ]);
    return Object.fromEntries(corners);
  },
  forward(operation, x, parameters) {
    const patches = cutPatches(reshape(x, [-1, ...operation.inputShape]));
    const corners = cornerKernels(parameters).map(kernel => matMulExact(patches, kernel));
    const { output, kept } = poolCorners(corners, parameters.bias!, operation);
    return { output, kept: [patches, ...kept] };
  },
  backward(operation, dOutput, [patches, ...kept], parameters, wanted) {
    const { dCorners, dBias } = cornerGradients(kept, dOutput, operation);
    const kernelGradient = () => {
      const dKernels = dCorners.map(dCorner => matMulExact(patches!, dCorner, { transposeA: true }));
      const dKernel = matMulExact(cornerTaps().transposed, concat(dKernels, 0));
      return reshape(dKernel, [5, 5, 1, operation.outputShape[2]!]);
    };
    const gradients = wanted.parameters ? { kernel: kernelGradient(), bias: dBias() } : {};
    if (!wanted.input) return { gradients };
    const kernels = cornerKernels(parameters);
    const dPatches = dCorners.map((dCorner, i) => matMulExact(dCorner, kernels[i]!, { transposeB: true }));
    const [height = 0, width = 0] = operation.inputShape;
    return { dx: addPatches(addAll(dPatches), [dOutput.shape[0]!, height, width]), gradients };
  },
};

/** The four kernels `[36, out]`, for the outputs (0, 0), (0, 1), (1, 0) and (1, 1) of a window. */
const cornerKernels = (parameters: Tensors): Tensor[] => [0, 1, 2, 3].map(corner => parameters[`corner${corner}`]!);

/** `[144, 25]`: output (a, b) of a window takes tap (d, e) of the kernel from row a + d, column b + e of the patch. */
function cornerTaps(): ConstantMatrix {
  return constantMatrix('imageConvPool taps', [4 * taps, 25], () => {
    const matrix = new Float32Array(4 * taps * 25);
    for (let a = 0; a < 2; a++)
      for (let b = 0; b < 2; b++)
        for (let d = 0; d < 5; d++)
          for (let e = 0; e < 5; e++) {
            const row = taps * (2 * a + b) + patchSize * (a + d) + b + e;
            matrix[row * 25 + 5 * d + e] = 1;
          }
    return matrix;
  });
}
