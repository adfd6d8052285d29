/** Functions of one number. */
import { type Tensor, tanh } from '@tensorflow/tfjs-core';
import type { Activation } from '../../../../model/activations.js';

export const activate: Readonly<Record<Activation, (h: Tensor) => Tensor>> = { linear: h => h, tanh: h => tanh(h) };
