/**
 * Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167), split by feature: a slice has all rows of its
 * columns, so statistics are those of the whole batch without any exchange. With the tanh that follows it.
 */
import {
  add,
  inverseRoot,
  meanOver,
  multiply,
  scalar,
  square,
  subtract,
  sumOver,
  tanh,
  tanhGradient,
} from '../tensorflow/ops.js';
import type { Tensor } from '../tensorflow/tensors.js';
import type { LayerImplementation, SliceContext } from './operation.js';

const epsilon = 1e-3;
const momentum = 0.99;

/** `[rows, columns]` → the same shape. */
export const batchNorm: LayerImplementation = {
  forward(_layer, h, context) {
    const gamma = context.part('gamma');
    const beta = context.part('beta');
    const mean = context.training ? meanOver(h, 0) : context.part('moving_mean');
    const centred = subtract(h, mean);
    // The variance of the population, as Keras takes it, for the moving variance too.
    const variance = context.training ? meanOver(square(centred), 0) : context.part('moving_variance');
    if (context.training) updateMoving(context, mean, variance);
    const inverseDeviation = inverseRoot(add(variance, scalar(epsilon)));
    const normalised = multiply(centred, inverseDeviation);
    const output = tanh(add(multiply(normalised, gamma), beta));
    return { output, kept: [normalised, inverseDeviation, output] };
  },
  backward(_layer, dOutput, [normalised, inverseDeviation, output], { part, gradient }) {
    const dy = tanhGradient(output!, dOutput);
    const product = multiply(dy, normalised!);
    const gamma = part('gamma');
    gradient('gamma', () => sumOver(product, 0));
    gradient('beta', () => sumOver(dy, 0));
    // dh = gamma / deviation · (dy − mean(dy) − normalised · mean(dy · normalised))
    const residual = subtract(subtract(dy, meanOver(dy, 0)), multiply(normalised!, meanOver(product, 0)));
    return multiply(residual, multiply(gamma, inverseDeviation!));
  },
};

function updateMoving({ part, replacePart }: SliceContext, mean: Tensor, variance: Tensor): void {
  const move = (old: Tensor, now: Tensor) => add(multiply(old, scalar(momentum)), multiply(now, scalar(1 - momentum)));
  replacePart('moving_mean', move(part('moving_mean'), mean));
  replacePart('moving_variance', move(part('moving_variance'), variance));
}
