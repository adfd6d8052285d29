import { batchNorm } from '@tensorflow/tfjs-core';
import type { BatchNormalization } from '../../../../model/layers/batchNormalization.js';
import type { RunLayer } from './layer.js';

/** With the moving statistics. */
export const runBatchNormalization: RunLayer<BatchNormalization> = (h, { epsilon }, part) => {
  const [mean, variance, beta, gamma] = ['moving_mean', 'moving_variance', 'beta', 'gamma'].map(part);
  return batchNorm(h, mean as never, variance as never, beta as never, gamma as never, epsilon);
};
