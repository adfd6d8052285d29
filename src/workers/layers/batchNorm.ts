/**
 * Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167), split by feature: a slice has all rows of its
 * columns, so statistics are those of the whole batch without any exchange. With the activation that follows it.
 */
import { add, inverseRoot, meanOver, multiply, scalar, square, subtract, sumOver } from '../tensorflow/ops.js';
import type { Tensor } from '../tensorflow/tensors.js';
import { activations } from './activations.js';
import type { OperationImplementation } from './operation.js';

/** `[rows, columns]` → the same shape. */
export const batchNorm: OperationImplementation = {
  forward({ activation, epsilon, momentum }, h, { gamma, beta, moving_mean, moving_variance }, statistics) {
    const isOfBatch = statistics === 'batch';
    const mean = isOfBatch ? meanOver(h, 0) : moving_mean!;
    const centred = subtract(h, mean);
    // The variance of the population, as Keras takes it, for the moving variance too.
    const variance = isOfBatch ? meanOver(square(centred), 0) : moving_variance!;
    const move = (old: Tensor, now: Tensor) =>
      add(multiply(old, scalar(momentum!)), multiply(now, scalar(1 - momentum!)));
    const moved = isOfBatch && {
      moving_mean: move(moving_mean!, mean),
      moving_variance: move(moving_variance!, variance),
    };
    const inverseDeviation = inverseRoot(add(variance, scalar(epsilon!)));
    const normalised = multiply(centred, inverseDeviation);
    const output = activations[activation].apply(add(multiply(normalised, gamma!), beta!));
    return { output, kept: [normalised, inverseDeviation, output], statistics: moved || undefined };
  },
  backward({ activation }, dOutput, [normalised, inverseDeviation, output], { gamma }, wanted) {
    const dy = activations[activation].gradient(output!, dOutput);
    const product = multiply(dy, normalised!);
    const gradients = wanted.parameters ? { gamma: sumOver(product, 0), beta: sumOver(dy, 0) } : {};
    if (!wanted.input) return { gradients };
    // dh = gamma / deviation · (dy − mean(dy) − normalised · mean(dy · normalised))
    const residual = subtract(subtract(dy, meanOver(dy, 0)), multiply(normalised!, meanOver(product, 0)));
    return { dx: multiply(residual, multiply(gamma!, inverseDeviation!)), gradients };
  },
};
