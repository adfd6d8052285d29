/** Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167) over all axes but the last. */
import { fraction, type LayerKind } from './layerKind.js';

export interface BatchNormalization {
  readonly kind: 'batchNormalization';
  readonly name: string;
  /** Added to the variance. */
  readonly epsilon: number;
  /** What stays of the moving statistics in a step. */
  readonly momentum: number;
}

/** With Keras's defaults. */
export const batchNormalization = (
  name: string,
  { epsilon = 1e-3, momentum = 0.99 }: Partial<BatchNormalization> = {},
): BatchNormalization => ({ kind: 'batchNormalization', name, epsilon, momentum });

export const batchNormalizationKind: LayerKind<BatchNormalization> = {
  isNamed: true,
  options: { epsilon: fraction, momentum: fraction },
  outputShape: (_layer, input) => input,
  tensors(_layer, input) {
    const shape = [input.at(-1)!];
    const tensor = (name: string, role: 'parameter' | 'statistic', value: number) => ({
      name,
      shape,
      dimensions: ['feature'],
      role,
      initial: { kind: 'constant', value } as const,
    });
    return [
      tensor('gamma', 'parameter', 1),
      tensor('beta', 'parameter', 0),
      tensor('moving_mean', 'statistic', 0),
      { ...tensor('moving_variance', 'statistic', 1), minimum: 0 },
    ];
  },
  toKeras: ({ epsilon, momentum }) => ({
    class_name: 'BatchNormalization',
    config: { axis: -1, momentum, epsilon, center: true, scale: true },
  }),
};
