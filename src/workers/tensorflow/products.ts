/**
 * The products that most of a step is: convolutions and products of matrices, in the run's
 * precision. In bfloat16 the factors are rounded to 8 bits, the processor sums in float32, and the
 * result is rounded once; it comes back as float32, in which everything between products is
 * reckoned. (Micikevicius et al. 2018, arXiv:1710.03740; no loss scaling, as bfloat16 has float32's
 * exponent.)
 */
import type { Precision } from '../../config/config.js';
import { thread } from '../thread.js';
import { type Attribute, binding } from './binding.js';
import { attribute, integers, run, timed, typeAttribute } from './ops.js';
import { execute, fromHandle, type Tensor } from './tensors.js';

/** Of all products in this thread, from now on. */
export function usePrecision(wanted: Precision): void {
  thread.precision = wanted;
}

export const isExact = (): boolean => thread.precision === 'float32';

export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

export const matMul = (a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor =>
  multiply('MatMul', [a, b], matMulAttributes(options));

/** Always in float32. */
export const matMulExact = (a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor =>
  run('MatMul', [a, b], matMulAttributes(options));

const matMulAttributes = ({ transposeA = false, transposeB = false }: MatMulOptions) => [
  attribute('transpose_a', transposeA),
  attribute('transpose_b', transposeB),
];

/** `[k, …]`: k products of matrices, always in float32. */
export const matMulEach = (
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatMulOptions = {},
): Tensor => run('BatchMatMulV2', [a, b], [attribute('adj_x', transposeA), attribute('adj_y', transposeB)]);

export interface ConvOptions {
  padding: 'SAME' | 'VALID';
}

const convAttributes = ({ padding }: ConvOptions) => [
  attribute('strides', [1, 1, 1, 1]),
  attribute('padding', padding),
];

/** x `[n, h, w, in]`, kernel `[kh, kw, in, out]`. */
export const conv2d = (x: Tensor, kernel: Tensor, options: ConvOptions): Tensor =>
  multiply('Conv2D', [x, kernel], convAttributes(options));

/** The gradient to a convolution's input of shape `inputShape`. */
export const conv2dInputGradient = (
  inputShape: readonly number[],
  kernel: Tensor,
  dy: Tensor,
  options: ConvOptions,
): Tensor => multiply('Conv2DBackpropInput', [integers(inputShape), kernel, dy], convAttributes(options));

/** The gradient to a convolution's kernel of shape `kernelShape`. */
export const conv2dKernelGradient = (
  x: Tensor,
  kernelShape: readonly number[],
  dy: Tensor,
  options: ConvOptions,
): Tensor => multiply('Conv2DBackpropFilter', [x, integers(kernelShape), dy], convAttributes(options));

function multiply(name: string, inputs: Tensor[], attributes: Attribute[]): Tensor {
  if (thread.precision === 'float32') return run(name, inputs, attributes);
  return timed(() => multiplyInBfloat16(name, inputs, attributes));
}

function multiplyInBfloat16(name: string, inputs: Tensor[], attributes: Attribute[]): Tensor {
  for (const input of inputs) input.loan?.assertRunning();
  const own: number[] = [];
  const take = (id: number) => {
    own.push(id);
    return id;
  };
  const factors = inputs.map(({ id, dtype }) =>
    dtype === binding.TF_FLOAT ? take(execute('Cast', toBfloat16, [id]).id) : id,
  );
  const product = take(execute(name, attributes, factors).id);
  const result = execute('Cast', toFloat32, [product]);
  for (const id of own) binding.deleteTensor(id);
  return fromHandle(result);
}

/** DT_BFLOAT16 in TensorFlow's types.proto. */
const bfloat16 = 14;
const toBfloat16 = [typeAttribute('DstT', bfloat16)];
const toFloat32 = [typeAttribute('DstT', binding.TF_FLOAT)];
