import { conv2d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Conv2d } from '../../../../model/layers/conv2d.js';
import { activate } from './activations.js';
import { addBias } from './dense.js';
import type { RunLayer } from './layer.js';

export const runConv2d: RunLayer<Conv2d> = (h, { strides, padding, activation }, part) =>
  activate[activation](addBias(conv2d(h as Tensor4D, part('kernel') as Tensor4D, [...strides], padding), part));
