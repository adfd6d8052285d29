/** Dense layers, split by feature: a slice owns its columns or rows of the kernel, forward, backward and update. */
import { addBias, biasGradient, multiply, reshape, sumOver } from '../tensorflow/ops.js';
import { matMul } from '../tensorflow/products.js';
import { activations } from './activations.js';
import type { OperationImplementation } from './operation.js';

/** Takes the whole input `[rows, in]`, gives the slice's columns `[rows, columns]`. */
export const denseColumns: OperationImplementation = {
  forward({ activation }, x, { kernel, bias }) {
    const product = matMul(x, kernel!);
    const output = activations[activation].apply(bias ? addBias(product, bias) : product);
    // What is linear does not need its output on the way back, and it is large.
    return { output, kept: activation === 'linear' ? [x] : [x, output] };
  },
  backward({ activation }, dy, [x, y], { kernel, bias }, wanted) {
    const du = activations[activation].gradient(y!, dy);
    const dx = wanted.input ? matMul(du, kernel!, { transposeB: true }) : undefined;
    if (!wanted.parameters) return { dx, gradients: {} };
    const dKernel = matMul(x!, du, { transposeA: true });
    return { dx, gradients: { kernel: dKernel, ...(bias && { bias: biasGradient(du) }) } };
  },
};

/**
 * Takes the slice's columns `[rows, columns]`, which meet its rows of the kernel; gives its summand
 * of the output `[rows, out]`, without bias.
 */
export const denseRows: OperationImplementation = {
  forward(_operation, x, { kernel }) {
    return { output: matMul(x, kernel!), kept: [x] };
  },
  backward(_operation, dy, [x], { kernel }, wanted) {
    const dx = wanted.input ? matMul(dy, kernel!, { transposeB: true }) : undefined;
    return { dx, gradients: wanted.parameters ? { kernel: matMul(x!, dy, { transposeA: true }) } : {} };
  },
};

/** Bias and activation of what `denseRows` gave and the slices have summed, by column. */
export const biased: OperationImplementation = {
  forward({ activation }, x, { bias }) {
    const output = activations[activation].apply(bias ? addBias(x, bias) : x);
    return { output, kept: [output] };
  },
  backward({ activation }, dy, [y], { bias }, wanted) {
    const du = activations[activation].gradient(y!, dy);
    return { dx: du, gradients: wanted.parameters && bias ? { bias: biasGradient(du) } : {} };
  },
};

/**
 * Takes the slice's columns `[rows, columns]`, gives the slice's summand of the single output
 * `[rows, 1]`. There is one bias, and every slice sees all of dy: only the first has it.
 */
export const denseHead: OperationImplementation = {
  forward(_operation, x, { kernel, bias }) {
    const summand = matMul(x, kernel!);
    return { output: bias ? addBias(summand, bias) : summand, kept: [x] };
  },
  backward(_operation, dy, [x], { kernel, bias }, wanted) {
    // An outer product: [rows, 1] times [1, columns] is quicker as a broadcast than as a matrix product.
    const dx = wanted.input ? multiply(dy, reshape(kernel!, [1, -1])) : undefined;
    if (!wanted.parameters) return { dx, gradients: {} };
    const dKernel = matMul(x!, dy, { transposeA: true });
    return { dx, gradients: { kernel: dKernel, ...(bias && { bias: sumOver(dy, 0) }) } };
  },
};
