/**
 * What a model is: two lists of layers in the words of Keras, every option written out. This, and
 * nothing else, says what is trained; a run keeps it (root attribute `model`), and all that depends
 * on the model is derived from it (plan.ts).
 */
import type { ImageShape } from '../pictures/picture.js';
import type { BatchNormalization } from './layers/batchNormalization.js';
import type { Conv2d } from './layers/conv2d.js';
import type { Dense } from './layers/dense.js';
import type { ActivationLayer, Flatten, MaxPooling2d, Reshape, UpSampling2d } from './layers/withoutTensors.js';

export const networks = ['generator', 'discriminator'] as const;
export type Network = (typeof networks)[number];

export type LayerDescription =
  | Dense
  | Conv2d
  | UpSampling2d
  | MaxPooling2d
  | BatchNormalization
  | ActivationLayer
  | Flatten
  | Reshape;

export interface ModelDescription {
  /** Numbers of a noise z, uniform in [-1, 1). */
  readonly latentSize: number;
  readonly image: ImageShape;
  /** z → image. */
  readonly generator: readonly LayerDescription[];
  /** image → logit of "this is a real image"; the sigmoid after it is part of the loss. */
  readonly discriminator: readonly LayerDescription[];
}
