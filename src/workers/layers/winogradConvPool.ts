/**
 * A 5×5 convolution without padding, tanh and 2×2 max pooling, split by image, by Winograd's algorithm F(2×2, 5×5) (Lavin and Gray
 * 2016, arXiv:1509.09308): the 2×2 outputs of a window of the pooling are Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A of the kernel g and of the
 * 6×6 pixels d that they see, so 36 multiplications instead of 100; summed over the channels, 36 products of matrices. The points
 * 0, 1, −1, 2, −1/2 and ∞ round best (Barabasz et al. 2020, arXiv:1803.10986): four times the error of the plain convolution.
 *
 * Bᵀ d B is made in WebAssembly (wasm/tiles.ts), the rest is products with constant matrices. Images go through in groups, so that
 * what lies between two products stays in the processor's cache.
 */
import { sizeOf } from '../../shared/model.js';
import type { LayerSpec } from '../../shared/networks.js';
import { add, biasGradient, concat, constantMatrix, fromArray, reshape, slice, type Tensor, tidy } from '../ops.js';
import { matMulEach, matMulExact } from '../products.js';
import { addTiles, cutTiles, type ImagesShape, tilesOf } from '../tiles.js';
import type { LayerImplementation, SliceContext } from './layer.js';
import { phaseGradients, poolPhases } from './phases.js';

const imagesPerGroup = 4;

/** Some images of a slice. */
interface Group {
  readonly shape: ImagesShape;
  readonly pixels: Float32Array;
  /** Where its pixels and tiles begin among the slice's. */
  readonly first: number;
  readonly firstTile: number;
}

/** `[n, h, w, in]` → `[n, (h − 4) / 2, (w − 4) / 2, out]`; `in` is a multiple of 4. */
export const winogradConvPool: LayerImplementation = {
  forward(layer, x, context) {
    const kernel = transformedKernel(layer, context);
    const groups = cutIntoGroups(layer, x).map(group => tidy(() => outputs(group, kernel)));
    const all = concat(groups, 1); // [4, tiles · out]
    const phases = [0, 1, 2, 3].map(phase => reshape(slice(all, [phase, 0], [1, -1]), [-1, layer.outputShape[2]!]));
    const { output, kept } = poolPhases(phases, context.whole('bias'));
    return { output: reshape(output, [-1, ...layer.outputShape]), kept: [x, ...kept] };
  },
  backward(layer, dOutput, [x, ...kept], context) {
    const { dPhases, dPooled } = phaseGradients(kept, dOutput);
    const rows = dPhases.map(dPhase => reshape(dPhase, [1, -1]));
    const dOutputs = concat(rows, 0); // [4, tiles · out]
    const dx = context.needsInputGradient ? new Float32Array(x!.size) : undefined;
    let dKernels: Tensor | undefined;
    for (const group of cutIntoGroups(layer, x!)) {
      dKernels = tidy(() => {
        const dProducts = productGradients(layer, group, dOutputs);
        if (dx) addInputGradient(group, dProducts, transformedKernel(layer, context), dx);
        return context.isUpdated ? addKernelGradient(group, dProducts, dKernels) : undefined;
      });
    }
    context.gradient('bias', () => biasGradient(dPooled));
    context.gradient('kernel', () => plainKernelGradient(layer, dKernels!));
    return dx && fromArray(dx, [dx.length / sizeOf(layer.inputShape), ...layer.inputShape]);
  },
};

function cutIntoGroups({ inputShape }: LayerSpec, x: Tensor): Group[] {
  const [height = 0, width = 0, channels = 0] = inputShape;
  const pixels = x.dataSync<'float32'>();
  const image = sizeOf(inputShape);
  const groups: Group[] = [];
  for (let first = 0; first < pixels.length; first += imagesPerGroup * image) {
    const part = pixels.subarray(first, first + imagesPerGroup * image);
    const firstTile = tilesOf([first / image, height, width, channels]);
    groups.push({ shape: [part.length / image, height, width, channels], first, pixels: part, firstTile });
  }
  return groups;
}

/** `[4, tiles · out]` of a group: Aᵀ m A of the products m. */
function outputs({ pixels, shape }: Group, kernel: Tensor): Tensor {
  const products = matMulEach(cutTiles(pixels, shape), kernel); // [36, tiles, out]
  return matMulExact(outputTransform(), reshape(products, [36, -1]));
}

/** The gradient of a group's products, `[36, tiles, out]`. */
function productGradients(layer: LayerSpec, { firstTile, shape }: Group, dOutputs: Tensor): Tensor {
  const depth = layer.outputShape[2]!;
  const ofGroup = slice(dOutputs, [0, firstTile * depth], [4, tilesOf(shape) * depth]);
  return reshape(matMulExact(outputTransform(), ofGroup, { transposeA: true }), [36, -1, depth]);
}

function addInputGradient({ shape, first, pixels }: Group, dProducts: Tensor, kernel: Tensor, dx: Float32Array): void {
  addTiles(matMulEach(dProducts, kernel, { transposeB: true }), dx.subarray(first, first + pixels.length), shape);
}

/** `sum` and the group's gradient of the transformed kernel, `[36, in, out]`. */
function addKernelGradient({ pixels, shape }: Group, dProducts: Tensor, sum: Tensor | undefined): Tensor {
  const ofGroup = matMulEach(cutTiles(pixels, shape), dProducts, { transposeA: true });
  return sum ? add(sum, ofGroup) : ofGroup;
}

/** G g Gᵀ of the kernel g of each channel to each output, `[36, in, out]`. */
function transformedKernel(layer: LayerSpec, context: SliceContext): Tensor {
  const [from, to] = [layer.inputShape[2]!, layer.outputShape[2]!];
  return context.shared('transformed kernel', () =>
    reshape(matMulExact(kernelTransform(), reshape(context.whole('kernel'), [25, from * to])), [36, from, to]),
  );
}

/** The transpose of `transformedKernel`. */
function plainKernelGradient(layer: LayerSpec, dKernels: Tensor): Tensor {
  const [from, to] = [layer.inputShape[2]!, layer.outputShape[2]!];
  const flat = reshape(dKernels, [36, from * to]);
  return reshape(matMulExact(kernelTransform(), flat, { transposeA: true }), [5, 5, from, to]);
}

/** G, `[6, 5]`: powers of the points. */
const kernelRows = [
  [1, 0, 0, 0, 0],
  [-1 / 3, -1 / 3, -1 / 3, -1 / 3, -1 / 3],
  [1 / 3, -1 / 3, 1 / 3, -1 / 3, 1 / 3],
  [1 / 15, 2 / 15, 4 / 15, 8 / 15, 16 / 15],
  [-16 / 15, 8 / 15, -4 / 15, 2 / 15, -1 / 15],
  [0, 0, 0, 0, 1],
];

/** Aᵀ, `[2, 6]`. */
const outputRows = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -1 / 2, 1],
];

const kernelTransform = () => twoDimensional('winograd G', kernelRows);
const outputTransform = () => twoDimensional('winograd A', outputRows);

/** The matrix of M x Mᵀ, on x row by row. */
const twoDimensional = (key: string, m: readonly number[][]): Tensor =>
  constantMatrix(key, [m.length ** 2, m[0]!.length ** 2], () =>
    Float32Array.from(m.flatMap(a => m.flatMap(b => a.flatMap(p => b.map(q => p * q))))),
  );
