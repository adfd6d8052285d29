/**
 * Winograd's convolutions (Lavin and Gray 2016, arXiv:1509.09308): m×m outputs of an r×r kernel g,
 * from the 6×6 pixels d that they see (m + r = 7), are Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A: 36
 * multiplications instead of m² r². Summed over the channels, those are 36 products of matrices.
 * The points 0, 1, −1, 2, −1/2 and ∞ round best (Barabasz et al. 2020, arXiv:1803.10986): some four
 * times the error of the plain convolution. Bᵀ d B is made in WebAssembly (assembly/tiles.ts), the rest
 * are products with constant matrices.
 */
import { add, type ConstantMatrix, concat, constantMatrix, pad, reshape, slice, transpose } from '../tensorflow/ops.js';
import { isExact, matMulEach, matMulExact } from '../tensorflow/products.js';
import { type Tensor, tidy } from '../tensorflow/tensors.js';
import { type Cut, type Tiling, tileImages, tilesAcross } from '../webAssembly/tiles.js';

/**
 * Convolves x `[n, h, w, in]` with a kernel of `transformKernel`: outputs `[m², tiles · out]`,
 * first the place in the tile, row by row.
 */
export function convolve(x: Tensor, kernel: Tensor, cut: Cut): Tensor {
  const tiled = tileImages(x, cut);
  const outputs = tiled.groups.map(group =>
    tidy(() => {
      const products = matMulEach(tiled.cut(group), kernel); // [36, tiles, out]
      return matMulExact(outputTransform(cut.stride).matrix, reshape(products, [36, -1]));
    }),
  );
  return concat(outputs, 1);
}

/**
 * Whether Winograd's algorithm is used for a convolution of so many channels: its routines take
 * four at once, and bfloat16 cannot afford its rounding.
 */
export const canTransform = (channels: number): boolean => isExact() && channels % 4 === 0;

/**
 * From the gradient of `convolve` to those of x, which may be lent, and of the transformed kernel,
 * where they are wanted.
 */
export function convolveBack(
  x: Tensor,
  kernel: Tensor,
  cut: Cut,
  dOutputs: Tensor,
  wanted: { x: boolean; kernel: boolean },
): { dx: Tensor | undefined; dKernel: Tensor | undefined } {
  const depth = kernel.shape[2]!;
  const tiled = tileImages(x, cut);
  let dKernel: Tensor | undefined;
  for (const group of tiled.groups) {
    dKernel = tidy(() => {
      const dGroup = slice(dOutputs, [0, group.firstTile * depth], [-1, group.tiles * depth]);
      const flat = matMulExact(outputTransform(cut.stride).transposed, dGroup);
      const dProducts = reshape(flat, [36, -1, depth]);
      if (wanted.x) tiled.cutBack(group, matMulEach(dProducts, kernel, { transposeB: true }));
      if (!wanted.kernel) return undefined;
      const ofGroup = matMulEach(tiled.cut(group), dProducts, { transposeA: true });
      return dKernel ? add(dKernel, ofGroup) : ofGroup;
    });
  }
  return { dx: wanted.x ? tiled.gradient() : undefined, dKernel };
}

/** G g Gᵀ of the kernel g from each channel to each output, `[r, r, in, out]` → `[36, in, out]`. */
export function transformKernel(kernel: Tensor): Tensor {
  const [r = 0, , from = 0, to = 0] = kernel.shape;
  return reshape(matMulExact(kernelTransform(r).matrix, reshape(kernel, [r * r, from * to])), [36, from, to]);
}

/** The transpose of `transformKernel`: the gradient of the kernel. */
export function kernelGradient(dKernel: Tensor, r: number): Tensor {
  const [, from = 0, to = 0] = dKernel.shape;
  const flat = reshape(dKernel, [36, from * to]);
  return reshape(matMulExact(kernelTransform(r).transposed, flat), [r, r, from, to]);
}

/** Images `[n, h, w, out]` of outputs; what tiles have beyond the images' edge is left out. */
export function joinTiles(
  outputs: Tensor,
  { shape: [n, height, width], stride, ...cut }: Tiling,
  depth: number,
): Tensor {
  const [rows, columns] = tilesAcross({ shape: [n, height, width, depth], stride, ...cut });
  const byPlace = reshape(outputs, [stride, stride, n, rows, columns, depth]);
  const joined = reshape(transpose(byPlace, [2, 3, 0, 4, 1, 5]), [n, rows * stride, columns * stride, depth]);
  return slice(joined, [0, 0, 0, 0], [-1, height, width, -1]);
}

/** The transpose of `joinTiles`. */
export function splitIntoTiles(images: Tensor, { shape, stride, ...cut }: Tiling): Tensor {
  const [n = 0, height = 0, width = 0, depth = 0] = images.shape;
  const [rows, columns] = tilesAcross({ shape, stride, ...cut });
  const padded = pad(images, 0, rows * stride - height, columns * stride - width);
  const cutUp = reshape(padded, [n, rows, stride, columns, stride, depth]);
  return reshape(transpose(cutUp, [2, 4, 0, 1, 3, 5]), [stride * stride, -1]);
}

/** The points but for ∞, and for each the product of its differences from the others. */
const points = [0, 1, -1, 2, -1 / 2];
const differences = [1, -3, 3, 15, -15 / 16];

/** G, `[6, r]`, on the rows and columns of a kernel: `[36, r²]`. */
const kernelTransform = (r: number): ConstantMatrix =>
  onRowsAndColumns(`winograd G ${r}`, [
    ...points.map((point, k) => powers(point, r).map(power => power / differences[k]!)),
    lastOf(r),
  ]);

/** Aᵀ, `[m, 6]`, on the rows and columns of a tile: `[m², 36]`. */
const outputTransform = (m: number): ConstantMatrix =>
  onRowsAndColumns(
    `winograd A ${m}`,
    Array.from({ length: m }, (_, i) => [...points.map(point => point ** i), lastOf(m)[i]!]),
  );

const powers = (point: number, count: number) => Array.from({ length: count }, (_, i) => point ** i);
const lastOf = (count: number) => Array.from({ length: count }, (_, i) => Number(i === count - 1));

/** The matrix of M x Mᵀ, on x row by row. */
const onRowsAndColumns = (key: string, m: readonly number[][]): ConstantMatrix =>
  constantMatrix(key, [m.length ** 2, m[0]!.length ** 2], () =>
    Float32Array.from(m.flatMap(a => m.flatMap(b => a.flatMap(p => b.map(q => p * q))))),
  );
