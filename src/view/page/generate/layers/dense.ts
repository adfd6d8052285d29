import { add, matMul, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Dense } from '../../../../model/layers/dense.js';
import { activate } from './activations.js';
import type { Part, RunLayer } from './layer.js';

export const runDense: RunLayer<Dense> = (h, { activation }, part) =>
  activate[activation](addBias(matMul(h as Tensor2D, part('kernel') as Tensor2D), part));

export function addBias(sum: Tensor, part: Part): Tensor {
  const bias = part('bias');
  return bias ? add(sum, bias) : sum;
}
