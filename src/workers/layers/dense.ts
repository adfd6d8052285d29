/** Dense layers, split by feature: a slice owns its columns or rows of the kernel, forward, backward and update. */
import { addBias, biasGradient, multiply, reshape, sumOver, tanh, tanhGradient } from '../tensorflow/ops.js';
import { matMul } from '../tensorflow/products.js';
import type { LayerImplementation } from './operation.js';

/** Takes the whole input `[rows, in]`, gives the slice's columns `[rows, columns]`. */
export const dense: LayerImplementation = {
  forward({ activation }, x, { part }) {
    const u = addBias(matMul(x, part('kernel')), part('bias'));
    const output = activation === 'tanh' ? tanh(u) : u;
    return { output, kept: activation === 'tanh' ? [x, output] : [x] };
  },
  backward({ activation }, dy, [x, y], { part, gradient, needsInputGradient }) {
    const du = activation === 'tanh' ? tanhGradient(y!, dy) : dy;
    // Before the update, which writes the kernel that this reads when D takes several turns.
    const dx = needsInputGradient ? matMul(du, part('kernel'), { transposeB: true }) : undefined;
    gradient('kernel', () => matMul(x!, du, { transposeA: true }));
    gradient('bias', () => biasGradient(du));
    return dx;
  },
};

/** Takes the slice's columns `[rows, columns]`, which meet its rows of the kernel; gives its summand of the output `[rows, out]`, without bias. */
export const denseRows: LayerImplementation = {
  forward(_layer, x, { part }) {
    return { output: matMul(x, part('kernel')), kept: [x] };
  },
  backward(_layer, dy, [x], { part, gradient, needsInputGradient }) {
    const dx = needsInputGradient ? matMul(dy, part('kernel'), { transposeB: true }) : undefined;
    gradient('kernel', () => matMul(x!, dy, { transposeA: true }));
    return dx;
  },
};

/** Bias and activation of what `denseRows` summed, by column. */
export const biased: LayerImplementation = {
  forward({ activation }, x, { part }) {
    const u = addBias(x, part('bias'));
    const output = activation === 'tanh' ? tanh(u) : u;
    return { output, kept: [output] };
  },
  backward({ activation }, dy, [y], { gradient }) {
    const du = activation === 'tanh' ? tanhGradient(y!, dy) : dy;
    gradient('bias', () => biasGradient(du));
    return du;
  },
};

/** Takes the slice's columns `[rows, columns]`, gives the slice's summand of the single output `[rows, 1]`. */
export const denseHead: LayerImplementation = {
  forward(_layer, x, { part, whole, slice }) {
    const summand = matMul(x, part('kernel'));
    return { output: slice === 0 ? addBias(summand, whole('bias')) : summand, kept: [x] };
  },
  backward(_layer, dy, [x], { part, gradient, slice }) {
    // An outer product: [rows, 1] times [1, columns] is quicker as a broadcast than as a matrix product.
    const dx = multiply(dy, reshape(part('kernel'), [1, -1]));
    gradient('kernel', () => matMul(x!, dy, { transposeA: true }));
    // There is one bias, and every slice sees all of dy: the first owns it.
    if (slice === 0) gradient('bias', () => sumOver(dy, 0));
    return dx;
  },
};
