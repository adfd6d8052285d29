/** A 3×3 'same' convolution: by Winograd's algorithm where that is quicker, and float32 can afford its rounding. */
import { conv2d, conv2dInputGradient, conv2dKernelGradient, isExact } from '../tensorflow/products.js';
import type { Tensor } from '../tensorflow/tensors.js';
import type { SliceContext } from './operation.js';
import { convolve, convolveBack, joinTiles, kernelGradient, splitIntoTiles, transformKernel } from './winograd.js';

const same = { padding: 'SAME' } as const;
const cut = { stride: 4, padding: 1 } as const;

/** x `[n, h, w, in]`, kernel `[3, 3, in, out]` → `[n, h, w, out]`. */
export function conv3(x: Tensor, kernel: Tensor, context: SliceContext): Tensor {
  if (!isQuickerTransformed(kernel)) return conv2d(x, kernel, same);
  return joinTiles(convolve(x, transformed(kernel, context), cut), { ...cut, shape: shapeOf(x) }, kernel.shape[3]!);
}

/** The gradients to x and to the kernel, where they are wanted. */
export function conv3Back(
  x: Tensor,
  kernel: Tensor,
  dy: Tensor,
  context: SliceContext,
  wanted: { x: boolean; kernel: boolean },
): { dx: Tensor | undefined; dKernel: Tensor | undefined } {
  if (!isQuickerTransformed(kernel)) {
    const dKernel = wanted.kernel ? conv2dKernelGradient(x, kernel.shape, dy, same) : undefined;
    return { dx: wanted.x ? conv2dInputGradient(x.shape, kernel, dy, same) : undefined, dKernel };
  }
  const dOutputs = splitIntoTiles(dy, { ...cut, shape: shapeOf(x) });
  const { dx, dKernel } = convolveBack(x, transformed(kernel, context), cut, dOutputs, wanted);
  return { dx, dKernel: dKernel && kernelGradient(dKernel, 3) };
}

const isQuickerTransformed = ({ shape: [, , from = 0, to = 0] }: Tensor) => isExact() && from % 4 === 0 && to >= 64;

const transformed = (kernel: Tensor, context: SliceContext) =>
  context.shared('transformed kernel', () => transformKernel(kernel));

const shapeOf = ({ shape: [n = 0, height = 0, width = 0, channels = 0] }: Tensor) =>
  [n, height, width, channels] as const;
