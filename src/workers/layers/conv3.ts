/** A 3×3 'same' convolution: by Winograd's algorithm where that is quicker, and float32 can afford its rounding. */
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from '../tensorflow/products.js';
import type { Tensor } from '../tensorflow/tensors.js';
import type { Wanted } from './operation.js';
import {
  canTransform,
  convolve,
  convolveBack,
  joinTiles,
  kernelGradient,
  splitIntoTiles,
  transformKernel,
} from './winograd.js';

const same = { padding: 'SAME' } as const;
const cut = { stride: 4, padding: 1 } as const;

/** A kernel `[3, 3, in, out]` and, where Winograd's algorithm is quicker, what it makes of it. */
export interface Kernel3 {
  readonly kernel: Tensor;
  readonly transformed?: Tensor;
}

export function prepareKernel(kernel: Tensor): Kernel3 {
  const [, , from = 0, to = 0] = kernel.shape;
  return canTransform(from) && to >= 64 ? { kernel, transformed: transformKernel(kernel) } : { kernel };
}

/** x `[n, h, w, in]` → `[n, h, w, out]`. */
export function conv3(x: Tensor, { kernel, transformed }: Kernel3): Tensor {
  if (!transformed) return conv2d(x, kernel, same);
  return joinTiles(convolve(x, transformed, cut), { ...cut, shape: shapeOf(x) }, kernel.shape[3]!);
}

/** The gradients to x and to the kernel, where they are wanted. */
export function conv3Back(
  x: Tensor,
  { kernel, transformed }: Kernel3,
  dy: Tensor,
  wanted: Wanted,
): { dx: Tensor | undefined; dKernel: Tensor | undefined } {
  if (!transformed) {
    const dKernel = wanted.parameters ? conv2dKernelGradient(x, kernel.shape, dy, same) : undefined;
    return { dx: wanted.input ? conv2dInputGradient(x.shape, kernel, dy, same) : undefined, dKernel };
  }
  const dOutputs = splitIntoTiles(dy, { ...cut, shape: shapeOf(x) });
  const asked = { x: wanted.input, kernel: wanted.parameters };
  const { dx, dKernel } = convolveBack(x, transformed, cut, dOutputs, asked);
  return { dx, dKernel: dKernel && kernelGradient(dKernel, 3) };
}

const shapeOf = ({ shape: [n = 0, height = 0, width = 0, channels = 0] }: Tensor) =>
  [n, height, width, channels] as const;
